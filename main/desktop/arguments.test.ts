import { expect, test } from 'vitest';
import { parseArguments } from './arguments';

test.each([
  [['electron', '.'], { hidden: false }],
  [['electron', '.', '--project', '/a b'], { hidden: false, project: '/a b' }],
  [['k3s-vm', '--project=/a=b', '--hidden', '--ozone-platform=x11'], { hidden: true, project: '/a=b' }],
  [['k3s-vm', '--project'], { hidden: false }],
  [['k3s-vm', '--project='], { hidden: false }],
])('%j', (argv, expected) => {
  expect(parseArguments(argv)).toEqual(expected);
});
