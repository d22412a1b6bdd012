/**
 * Entry point of the bundled command line.
 */
import { listenForInterrupt } from './interrupt';
import type { Io } from './io';
import { runCli } from './main';

// "k3s-vm logs | head" closes our stdout; that is no error. A closed stderr must not end an operation half-way.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
process.stderr.on('error', () => undefined);

// What holds for this call alone: a shell or a window that is started from here is another one
const env = { ...process.env };
delete process.env.K3S_VM_COMMAND;
delete process.env.K3S_VM_WRAPPERS;
delete process.env.ELECTRON_RUN_AS_NODE;

const io: Io = {
  env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  core: () => import('../core/index'),
  machine: async () => (await import('../core/host/machine')).thisMachine(),
  self: [process.execPath, ...process.argv.slice(1)],
  now: Date.now,
  elapsed: () => performance.now(),
};

// Writes to files, terminals and pipes are synchronous on Linux, so nothing is lost by leaving at once, and no idle
// connection keeps us
void runCli(process.argv.slice(2), io, listenForInterrupt(process)).then((status) => process.exit(status));
