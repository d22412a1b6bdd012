import { isSettingName, settingNames, settings, type SettingName } from '../../core/config/settings';
import { toText } from '../../core/config/text';
import { exitStatus } from '../../core/errors';
import { withoutSecrets } from '../../core/redact';
import type { Cli } from '../context';
import { table } from '../render/table';
import { printable } from '../render/text';
import { strings } from '../strings';

interface Options {
  readonly json?: boolean;
}

export async function run(cli: Cli, options: Options, [prefix]: readonly string[]): Promise<number> {
  const { config, values, sources, files } = await cli.config();
  const shown = (key: SettingName): unknown => withoutSecrets(values[key]);
  let keys = settingNames;
  if (prefix !== undefined) {
    keys = settingNames.filter((key) => key === prefix || key.startsWith(`${prefix}.`));
    if (keys.length === 0) {
      const { knownKey } = await import('../../core/config/edit');
      knownKey(prefix);
    }
  }
  if (options.json === true) {
    const entries = keys.map((key) => [
      key,
      { value: shown(key), ...sources[key], description: settings[key].description },
    ]);
    cli.json({ schemaVersion: 1, project: config.project, files, settings: Object.fromEntries(entries) as unknown });
    return exitStatus.ok;
  }
  const { style } = cli;
  const rows = keys.map((key) => {
    const { kind, where } = sources[key];
    return [
      key,
      printable(toText(key, shown(key))),
      kind === 'default' ? style.dim(where) : style.cyan(printable(where)),
    ];
  });
  if (prefix === undefined) cli.print(`${style.bold(strings.config.project)} ${config.project}\n\n`);
  cli.print(table(rows, { header: strings.config.header, headerStyle: style.dim }));
  if (prefix !== undefined && isSettingName(prefix)) cli.print(`\n${settings[prefix].description}`);
  return exitStatus.ok;
}
