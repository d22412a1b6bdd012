import type { Cli } from '../context';

export async function run(cli: Cli, _options: object, command: readonly string[]): Promise<number> {
  const cluster = await cli.cluster();
  // From here on Ctrl-C is for what runs in the guest
  cli.interrupt.childHasTerminal = true;
  try {
    return await cluster.shell(command);
  } finally {
    cli.interrupt.childHasTerminal = false;
  }
}
