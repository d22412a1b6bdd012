import { isSettingName } from '../../core/config/settings';
import { toText } from '../../core/config/text';
import { exitStatus } from '../../core/errors';
import type { Cli } from '../context';

export async function run(cli: Cli, _options: object, [key = '']: readonly string[]): Promise<number> {
  if (!isSettingName(key)) {
    const { knownKey } = await import('../../core/config/edit');
    knownKey(key);
    return exitStatus.usage;
  }
  const { values } = await cli.config();
  cli.print(toText(key, values[key]));
  return exitStatus.ok;
}
