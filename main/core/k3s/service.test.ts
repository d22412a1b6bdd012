import { describe, expect, it } from 'vitest';
import { apiUnreachable, guestFacts } from './health';
import { explainedByService, k3sReason, k3sServiceCheck } from './service';

/** What health.sh says of a unit in a Debian 12 guest. */
const unit = (properties: string, reason?: string): Readonly<Record<string, string>> =>
  guestFacts(`k3s ${properties}\n${reason === undefined ? '' : `k3s-reason ${reason}\n`}`);

const enabled = 'LoadState=loaded UnitFileState=enabled';
const fatal = `time="2026-11-25T01:02:03Z" level=fatal msg="starting kubernetes: \\"etcd\\" is not there"`;

describe("K3s' unit", () => {
  it.each([
    [
      'running',
      unit(`Result=success NRestarts=0 LoadState=loaded ActiveState=active SubState=running UnitFileState=enabled`),
      { state: 'ok', detail: 'running' },
    ],
    [
      'starting',
      unit(`Result=success NRestarts=0 ${enabled} ActiveState=activating SubState=start`),
      { state: 'warning', detail: 'starting' },
    ],
    [
      'restarting for ever',
      unit(`Result=exit-code NRestarts=7 ${enabled} ActiveState=activating SubState=auto-restart`, fatal),
      {
        state: 'failed',
        detail: 'failing, 7 restarts so far',
        diagnosis: 'starting kubernetes: "etcd" is not there',
        fix: { command: 'k3s-vm logs --source k3s' },
      },
    ],
    [
      'failed',
      unit(`Result=exit-code NRestarts=0 ${enabled} ActiveState=failed SubState=failed`, 'panic: out of luck'),
      {
        state: 'failed',
        detail: 'failed (exit-code)',
        diagnosis: 'panic: out of luck',
        fix: { command: 'k3s-vm shell -- sudo systemctl restart k3s' },
      },
    ],
    [
      'stopped',
      unit(`Result=success NRestarts=0 ${enabled} ActiveState=inactive SubState=dead`),
      { state: 'failed', detail: 'stopped', fix: { command: 'k3s-vm shell -- sudo systemctl start k3s' } },
    ],
    [
      'disabled',
      unit('NRestarts=0 LoadState=loaded ActiveState=inactive SubState=dead UnitFileState=disabled'),
      { detail: 'stopped and disabled', fix: { command: 'k3s-vm shell -- sudo systemctl enable --now k3s' } },
    ],
    [
      'masked',
      unit('NRestarts=0 LoadState=masked ActiveState=inactive SubState=dead UnitFileState=masked'),
      {
        state: 'failed',
        detail: 'masked',
        fix: { command: "k3s-vm shell -- sudo sh -c 'systemctl unmask k3s && systemctl start k3s'" },
      },
    ],
    [
      'masked until the next boot',
      unit('NRestarts=0 LoadState=masked ActiveState=inactive SubState=dead UnitFileState=masked-runtime'),
      { detail: 'masked', fix: { command: expect.stringContaining('unmask --runtime') as string } },
    ],
    [
      'not there',
      unit('LoadState=not-found ActiveState=inactive SubState=dead UnitFileState='),
      { state: 'failed', detail: 'not installed' },
    ],
  ])('that is %s is called so, with the command that helps', (_state, facts, expected) => {
    expect(k3sServiceCheck(facts)).toEqual([expect.objectContaining({ id: 'k3s' })]);
    expect(k3sServiceCheck(facts)[0]).toMatchObject(expected);
  });

  it('is left out where the guest does not tell', () => {
    expect(k3sServiceCheck({})).toEqual([]);
    expect(k3sServiceCheck(unit('nonsense'))).toEqual([]);
  });

  it('explains why the API does not answer', () => {
    const refused = apiUnreachable(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    const masked = k3sServiceCheck(unit('LoadState=masked ActiveState=inactive UnitFileState=masked'));
    const [api] = explainedByService([refused, ...masked]);
    expect(api).toMatchObject({ id: 'api', diagnosis: 'K3s is masked.', fix: masked[0]?.fix });
    const running = k3sServiceCheck(unit('LoadState=loaded ActiveState=active'));
    expect(explainedByService([refused, ...running])[0]).toEqual(refused);
  });
});

it('a line of the journal is shown as its message', () => {
  expect(k3sReason(fatal)).toBe('starting kubernetes: "etcd" is not there');
  expect(k3sReason('panic: x')).toBe('panic: x');
});
