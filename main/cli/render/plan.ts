import type { Plan } from '../../core/cluster';
import type { Config } from '../../core/config/schema';
import { formatBytes } from '../../core/config/units';
import type { Style } from './color';
import { table } from './table';
import { printable } from './text';

const goldenWords: Readonly<Record<NonNullable<Plan['golden']>, string>> = {
  used: 'there is one: K3s is in it already',
  made: 'would be kept for the next setup',
  none: 'none',
};

/** What `setup --dry-run` prints. */
export function renderPlan(plan: Plan, config: Config, style: Style): string {
  const facts = [
    ['VM', config.name],
    ['Project', config.project],
    ['Connection', plan.connection],
    ['Acceleration', plan.acceleration === 'kvm' ? 'KVM' : 'none (emulation, slow)'],
    ['Size', `${config.cpus} CPUs, ${formatBytes(config.memoryBytes)} memory, ${formatBytes(config.diskBytes)} disk`],
    ['Guest image', plan.image],
    ['K3s', plan.k3sVersion],
    ['Golden image', goldenWords[plan.golden ?? 'none']],
  ] as const;
  const volumes = plan.volumes.map(({ name, bytes, exists }) => [
    `  ${name}`,
    formatBytes(bytes),
    exists ? 'is there already' : 'would be made',
  ]);
  const documents = [
    ['Domain XML', plan.domainXml],
    ['user-data', plan.userData],
    ['meta-data', plan.metaData],
    ['network-config', plan.networkConfig],
    ['K3s configuration', plan.k3sConfig ?? ''],
  ] as const;
  return [
    style.bold('This would be made (nothing was):'),
    table(facts.map(([name, value]) => [`  ${name}`, printable(value)])),
    '',
    style.bold('Volumes'),
    table(volumes),
    ...documents
      .filter(([, text]) => text.trim() !== '')
      .flatMap(([title, text]) => ['', style.bold(`--- ${title}`), printable(text.trimEnd())]),
  ].join('\n');
}
