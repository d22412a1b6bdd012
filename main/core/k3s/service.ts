/**
 * K3s as systemd in the guest sees it: why it does not answer, and the command that starts it.
 */
import type { HealthCheck } from '../cluster';
import type { Remedy } from '../errors';
import { sh } from '../shell-quote';
import { check, journal } from './health';

const inGuest = (text: string, ...words: readonly string[]): Remedy => ({
  text,
  command: sh`k3s-vm shell -- sudo ${words}`,
});

/** What a line of K3s' journal says: its message alone, where the line is `time=… level=… msg="…"`. */
export function k3sReason(line: string): string {
  const message = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1]?.replace(/\\(.)/g, '$1');
  return message ?? line;
}

/**
 * The state of K3s' unit.
 *
 * @param facts what health.sh said: `k3s` holds properties of the unit (systemd's own words, see org.freedesktop.systemd1(5)),
 *   `k3s-reason` the line of its journal that tells why it ended
 * @returns nothing where the guest did not say
 */
export function k3sServiceCheck(facts: Readonly<Record<string, string>>): readonly HealthCheck[] {
  const unit = new Map((facts.k3s ?? '').split(' ').map((word) => word.split('=', 2) as [string, string | undefined]));
  const {
    LoadState = '',
    UnitFileState = '',
    ActiveState = '',
    SubState = '',
    Result = '',
    NRestarts = '0',
  } = Object.fromEntries(unit) as Record<string, string | undefined>;
  if (ActiveState === '') return [];
  const reason = facts['k3s-reason'] === undefined ? undefined : k3sReason(facts['k3s-reason']);
  const found = (state: HealthCheck['state'], detail: string, diagnosis?: string, fix?: Remedy): HealthCheck[] => [
    check('k3s', 'K3s service', state, detail, diagnosis, fix),
  ];
  const restarts = NRestarts === '0' ? '' : `, ${NRestarts} restart${NRestarts === '1' ? '' : 's'} so far`;

  if (ActiveState === 'active') return found('ok', 'running');
  if (LoadState === 'masked' || UnitFileState.startsWith('masked')) {
    const unmask = UnitFileState === 'masked-runtime' ? 'unmask --runtime' : 'unmask';
    return found(
      'failed',
      'masked',
      'systemd refuses to start a masked unit.',
      inGuest('Unmask it and start it:', 'sh', '-c', `systemctl ${unmask} k3s && systemctl start k3s`),
    );
  }
  if (LoadState === 'not-found') {
    return found('failed', 'not installed', 'The guest has no unit k3s.service.', {
      text: 'Start over (this deletes the cluster):',
      command: 'k3s-vm reset --recreate',
    });
  }
  switch (ActiveState) {
    case 'activating':
      return SubState === 'auto-restart'
        ? found('failed', `failing${restarts}`, reason, journal)
        : found('warning', `starting${restarts}`, restarts === '' ? undefined : reason, journal);
    case 'failed':
      return found('failed', `failed (${Result})`, reason, inGuest('Start it:', 'systemctl', 'restart', 'k3s'));
    case 'inactive':
      return UnitFileState === 'disabled'
        ? found(
            'failed',
            'stopped and disabled',
            'It does not start at boot either.',
            inGuest('Start it, now and at boot:', 'systemctl', 'enable', '--now', 'k3s'),
          )
        : found(
            'failed',
            'stopped',
            'It was stopped. It starts again at the next boot.',
            inGuest('Start it:', 'systemctl', 'start', 'k3s'),
          );
    default:
      // deactivating, reloading, maintenance
      return found(
        'failed',
        ActiveState === 'deactivating' ? 'stopping' : `${ActiveState} (${SubState})`,
        reason,
        journal,
      );
  }
}

/** An API that does not answer is explained by K3s' unit, where that says more. */
export function explainedByService(checks: readonly HealthCheck[]): readonly HealthCheck[] {
  const service = checks.find(({ id }) => id === 'k3s');
  if (service === undefined || service.state === 'ok') return checks;
  return checks.map((one) =>
    one.id === 'api' && one.state === 'failed'
      ? {
          ...one,
          diagnosis: `K3s is ${service.detail}.`,
          ...(service.fix === undefined ? {} : { fix: service.fix }),
        }
      : one,
  );
}
