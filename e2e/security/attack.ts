/**
 * What an attack is, and the bench it runs on: the built product, projects that a stranger prepared, and a canary that a
 * planted program would leave behind.
 */
export interface CommandResult {
  /** -1 where it was ended for taking too long. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
  /** Milliseconds until it is ended. Default 20 000. */
  readonly timeoutMs?: number;
}

/** A user with a project: both folders are fresh, and nothing of the real user's environment is passed on. */
export interface AttackedProject {
  readonly dir: string;
  readonly home: string;
  /** Writes a file of the project, with its folders. Returns its path. */
  file(path: string, content: string, mode?: number): Promise<string>;
  /** Writes the user's own configuration file. */
  userConfig(yaml: string): Promise<void>;
  /** Puts a program in front of everything else on PATH. Returns its path. */
  program(name: string, script: string): Promise<string>;
  k3sVm(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  kubectl(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

export interface Bench {
  /** Folder of the built product: bin/ and dist/. */
  readonly installed: string;
  /** A folder of this attack alone, removed afterwards. */
  readonly scratch: string;
  /** The path that the attack's planted program creates. */
  readonly canary: string;
  /** A shell script that creates the canary. */
  readonly planted: string;
  /** Whether a planted program ran. */
  ran(): boolean;
  project(name?: string): Promise<AttackedProject>;
}

export interface Verdict {
  /** Whether the product withstood it. */
  readonly held: boolean;
  /** What was seen, in a line: the error it ended with, or the harm done. */
  readonly evidence: string;
}

export interface Attack {
  /** The topic it belongs to, as docs/security.md has it, e.g. `settings`. */
  readonly topic: string;
  /** What the attacker does, e.g. `k3s-vm.yaml names a program as the connection`. */
  readonly title: string;
  run(bench: Bench): Promise<Verdict>;
}
