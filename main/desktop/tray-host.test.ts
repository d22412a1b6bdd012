import { expect, test } from 'vitest';
import { hasTray, type TrayHostOptions } from './tray-host';

type Answer = Awaited<ReturnType<TrayHostOptions['run']>>;
const missing: Answer = { stdout: '', exitCode: undefined, notFound: true };
const says = (stdout: string, exitCode = 0): Answer => ({ stdout, exitCode, notFound: false });

const ask = (answers: Readonly<Record<string, Answer>>): Promise<boolean> =>
  hasTray({ run: (file) => Promise.resolve(answers[file] ?? missing), attempts: 1 });

test.each<[string, Record<string, Answer>, boolean]>([
  ['gdbus says so', { gdbus: says('(<true>,)\n') }, true],
  ['a watcher without a panel', { gdbus: says('(<false>,)\n'), busctl: says('b true') }, false],
  ['no watcher', { gdbus: says('', 1) }, false],
  ['only busctl is there', { busctl: says('b true\n') }, true],
  ['only dbus-send is there', { 'dbus-send': says('   variant       boolean true\n') }, true],
  ['it hangs until the limit', { gdbus: { stdout: '', exitCode: undefined, notFound: false } }, false],
  ['nobody can tell', {}, false],
])('%s', async (_, answers, expected) => {
  expect(await ask(answers)).toBe(expected);
});

test('is asked again where the panel may come up later', async () => {
  const answers = [says('', 1), says('(<true>,)')];
  expect(await hasTray({ run: () => Promise.resolve(answers.shift() ?? missing), attempts: 5 })).toBe(true);
  expect(answers).toEqual([]);
});
