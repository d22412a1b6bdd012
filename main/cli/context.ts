/**
 * What a command is given: the configuration, the cluster, somewhere to print, and the signal that Ctrl-C raises.
 */
import { dirname, join } from 'node:path';
import { complete, completeCommand, lastingProgram, type Caller } from '../core/caller';
import type { Cluster, VmInfo } from '../core/cluster';
import type { Flags, LoadedConfig } from '../core/config/load';
import { installation } from './installation';
import type { Interrupt } from './interrupt';
import type { Core, Io, Trace } from './io';
import { createStyle, wantsColor, type Style } from './render/color';
import { autoMode, createProgress, type Progress, type ProgressMode } from './render/progress';
import { formatElapsed, jsonText, printable, printableStyled } from './render/text';
import { strings } from './strings';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly project?: string;
  readonly name?: string;
  readonly connection?: string;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly progress?: 'auto' | 'plain' | 'json' | 'none';
}

export interface Cli {
  readonly io: Io;
  readonly options: GlobalOptions;
  /** Styles for stdout. */
  readonly style: Style;
  /** Styles for stderr. */
  readonly errorStyle: Style;
  readonly progress: Progress;
  readonly interrupt: Interrupt;
  /** Raised by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly trace: Trace | undefined;
  core(): Promise<Core>;
  /**
   * The configuration, with the settings of the command line on top. Its warnings are printed once.
   *
   * @param flags settings that the command adds to those of the command line
   */
  config(flags?: Flags): Promise<LoadedConfig>;
  /** The cluster of the project, or of `--name`. @param flags as of config */
  cluster(flags?: Flags, query?: ClusterQuery): Promise<Cluster>;
  /** What the core answered, with every command in it as the user must type it. */
  complete<T>(value: T): T;
  /** A command of ours as the user must type it. */
  command(command: string): string;
  /** Prints a result. */
  print(text: string): void;
  /** Prints a result as JSON. */
  json(value: unknown): void;
  /** Tells the user something that is no result, on stderr. */
  note(text: string): void;
  warn(text: string): void;
}

export interface ClusterQuery {
  /** Setup makes a VM of the given name for this project instead of looking for one of that name. */
  readonly making?: boolean;
}

/** What the command line says of a call: its options for every command, its own, and the settings among both. */
export interface CallOptions {
  readonly globals: GlobalOptions;
  /** With --json nothing but the result is said. */
  readonly options: { readonly json?: unknown };
  readonly flags: Flags;
}

/** What a command of this call is given. */
export function createCli(io: Io, call: CallOptions, interrupt: Interrupt): Cli {
  const { globals: options, flags: given } = call;
  const json = call.options.json === true;
  const { signal } = interrupt;
  const style = createStyle(wantsColor(io.stdout, io.env));
  const errorStyle = createStyle(wantsColor(io.stderr, io.env));
  const caller = callerOf(io, options);
  const shown = createProgress({
    mode: progressMode(io, options),
    output: io.stderr,
    style: errorStyle,
    now: () => io.elapsed(),
  });
  const progress: Progress = { ...shown, emit: (event) => shown.emit(complete(event, caller)) };
  const warned = new Set<string>();
  const warn = (text: string): void => {
    if (options.quiet || warned.has(text)) return;
    warned.add(text);
    progress.note(
      options.progress === 'json' ? text : `${errorStyle.yellow(strings.errors.warning)} ${printable(text)}`,
    );
  };
  const trace: Trace | undefined = options.verbose
    ? (call) => {
        const outcome = call.exitCode === 0 ? '' : errorStyle.red(` ${strings.trace.exit(call.exitCode)}`);
        const said = call.stderr.trim() === '' ? '' : `\n${printable(call.stderr.trim()).replace(/^/gm, '    ')}`;
        progress.note(
          errorStyle.dim(`$ ${printable(call.command)}  ${formatElapsed(call.durationMs)}`) +
            outcome +
            errorStyle.dim(said),
        );
      }
    : undefined;

  const cli: Cli = {
    io,
    options,
    style,
    errorStyle,
    progress,
    interrupt,
    signal,
    trace,
    core: () => io.core(),
    async config(flags = {}) {
      const { loadConfig } = await import('../core/config/load');
      const loaded = await loadConfig({
        project: options.project,
        cwd: io.cwd,
        env: io.env,
        flags: { ...given, ...flags },
      });
      for (const warning of loaded.warnings) warn(warning);
      return loaded;
    },
    async cluster(flags, query = {}) {
      const { createCluster, listClusters } = await cli.core();
      const { isNamed } = await import('../core/config/load');
      const deps = {
        program: lastingProgram(io.env, join(installation(), 'bin')),
        ...(trace === undefined ? {} : { trace }),
      };
      const open = (loaded: Pick<LoadedConfig, 'config' | 'explicit' | 'sources'>): Cluster =>
        createCluster(loaded.config, { ...deps, explicit: loaded.explicit, named: isNamed(loaded) });
      if (options.name !== undefined && options.project === undefined && query.making !== true) {
        const unnamed = await cli.config({ ...flags, name: undefined });
        const vms = await listClusters(unnamed.config, { ...deps, signal });
        const vm = vms.find(({ name }) => name === options.name);
        if (vm !== undefined) return open(await configOf(vm, unnamed));
      }
      const here = await cli.config(flags);
      const { assertUsableProject } = await import('../core/config/project');
      assertUsableProject(here.config.project, io.env);
      return open(here);

      /**
       * A VM that is named is that of its own project, wherever we stand and even when its folder is gone. It is there, so
       * its name is taken as it is: one that no new VM may have can still be removed.
       */
      async function configOf(vm: VmInfo, unnamed: LoadedConfig): Promise<LoadedConfig> {
        const { name, connection } = vm;
        const as = (loaded: LoadedConfig, project: string): LoadedConfig => ({
          ...loaded,
          config: { ...loaded.config, project, name, connection },
          sources: { ...loaded.sources, name: { kind: 'flag', where: '--name' } },
        });
        const { project = unnamed.config.project } = vm;
        const { existsSync } = await import('node:fs');
        if (project === unnamed.config.project || !existsSync(project)) return as(unnamed, project);
        const { loadConfig } = await import('../core/config/load');
        const others = { ...given, ...flags, name: undefined };
        return as(await loadConfig({ project, cwd: io.cwd, env: io.env, flags: others }), project);
      }
    },
    complete: (value) => complete(value, caller),
    command: (command) => completeCommand(command, caller),
    print: (text) => {
      // On a terminal nobody but we may give orders; a pipe gets what was asked for as it is
      const shown = io.stdout.isTTY === true ? printableStyled(text) : text;
      io.stdout.write(shown.endsWith('\n') || shown === '' ? shown : `${shown}\n`);
    },
    json: (value) => void io.stdout.write(`${jsonText(value, 2)}\n`),
    note: (text) => {
      if (!options.quiet && !json) progress.note(printableStyled(text));
    },
    warn,
  };
  return cli;
}

function progressMode(io: Io, { progress = 'auto', quiet }: GlobalOptions): ProgressMode {
  if (progress === 'json') return 'json';
  if (quiet) return 'none';
  return progress === 'auto' ? autoMode(io.stderr, io.env) : progress;
}

/** How the user called us: bin/k3s-vm tells in K3S_VM_COMMAND. */
export function callerOf(io: Io, options: GlobalOptions): Caller {
  const program = io.env.K3S_VM_COMMAND || 'k3s-vm';
  const given = (['project', 'name', 'connection'] as const).flatMap((key) => {
    const value = options[key];
    return value === undefined ? [] : [[`--${key}`, value] as const];
  });
  return {
    program,
    wrappers: program.includes('/') ? dirname(program) : join(installation(), 'bin'),
    options: given,
  };
}
