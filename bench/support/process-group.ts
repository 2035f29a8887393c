import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a process needs of its surroundings; settings of the developer stay out. */
const SURROUNDINGS = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
const STOPPED_WITHIN_MS = 15_000;
const LAST_LINES = 20;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Opens a channel for messages to a Node.js process. */
  readonly ipc?: boolean;
}

/** A process and those that it starts, such as npm and the server below it. */
export class ProcessGroup {
  readonly child: ChildProcess;
  private output = '';
  private failure: Error | undefined;
  private readonly killAtExit = () => {
    this.signal('SIGKILL');
  };

  constructor(command: Command) {
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', ...(command.ipc === true ? ['ipc' as const] : [])];
    const surroundings = SURROUNDINGS.map((name) => [name, process.env[name]] as const).filter(([, value]) => value);
    this.child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: { ...Object.fromEntries(surroundings), ...command.env },
      stdio,
      detached: true,
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.child.on('error', (error) => (this.failure = error));
    process.once('exit', this.killAtExit);
  }

  /** @throws Error when the process has ended */
  assertRunning(): void {
    const isRunning = this.failure === undefined && this.child.exitCode === null && this.child.signalCode === null;
    if (!isRunning) throw this.ended();
  }

  /** Says how the process ended, with its last lines. */
  ended(): Error {
    const lines = this.output.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    const how = this.failure?.message ?? this.child.signalCode ?? `exit code ${String(this.child.exitCode)}`;
    return new Error(`${this.child.spawnargs.join(' ')} has ended by itself (${how}):\n${lines}`);
  }

  /** Resolves when the process and all that it started are gone. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const patience = setTimeout(() => {
      this.signal('SIGKILL');
    }, STOPPED_WITHIN_MS);
    while (this.signal(0)) await sleep(20);
    clearTimeout(patience);
    process.off('exit', this.killAtExit);
  }

  /** @returns whether there was a process to reach */
  private signal(signal: NodeJS.Signals | 0): boolean {
    if (this.child.pid === undefined) return false;
    try {
      return process.kill(-this.child.pid, signal);
    } catch {
      return false;
    }
  }
}
