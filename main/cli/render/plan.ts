import type { Plan } from '../../core/cluster';
import type { Config } from '../../core/config/schema';
import { formatBytes } from '../../core/config/units';
import type { Style } from './color';
import { table } from './table';
import { printable } from './text';
import { strings } from '../strings';

/** What `setup --dry-run` prints. */
export function renderPlan(plan: Plan, config: Config, style: Style): string {
  const text = strings.plan;
  const facts = [
    [text.vm, config.name],
    [text.project, config.project],
    [text.connection, plan.connection],
    [text.acceleration, plan.acceleration === 'kvm' ? text.kvm : text.emulated],
    [text.size, text.sizeOf(config.cpus, formatBytes(config.memoryBytes), formatBytes(config.diskBytes))],
    [text.image, plan.image],
    [text.k3s, plan.k3sVersion],
    [text.goldenImage, text.golden[plan.golden ?? 'none']],
  ] as const;
  const volumes = plan.volumes.map(({ name, bytes, exists }) => [`  ${name}`, formatBytes(bytes), text.volume(exists)]);
  const documents = [
    [text.documents.domain, plan.domainXml],
    [text.documents.userData, plan.userData],
    [text.documents.metaData, plan.metaData],
    [text.documents.network, plan.networkConfig],
    [text.documents.k3s, plan.k3sConfig ?? ''],
  ] as const;
  return [
    style.bold(text.title),
    table(facts.map(([name, value]) => [`  ${name}`, printable(value)])),
    '',
    style.bold(text.volumes),
    table(volumes),
    ...documents
      .filter(([, content]) => content.trim() !== '')
      .flatMap(([title, content]) => ['', style.bold(`--- ${title}`), printable(content.trimEnd())]),
  ].join('\n');
}
