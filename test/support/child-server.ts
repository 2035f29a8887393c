import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TYPESCRIPT } from './typescript';

const MAIN = join(__dirname, '..', '..', 'src', 'main.ts');

/** The service in a process of its own, by the clock on the wall. */
export class ChildServer {
  private constructor(
    readonly url: string,
    /** Every line of its standard output so far. */
    readonly log: readonly string[],
    private readonly child: ChildProcess,
  ) {}

  /** @param env beside the settings of every test; two with the same database and keys are replicas */
  static async start(env: Readonly<Record<string, string>>): Promise<ChildServer> {
    const child = spawn(process.execPath, [...TYPESCRIPT, MAIN], {
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        PORT: '0',
        ISSUER: 'http://localhost:3000',
        DOCS: 'off',
        RATE_LIMITS: env['NODE_ENV'] === 'production' ? 'on' : 'off',
        ARGON2_MEMORY_KIB: '8',
        ARGON2_TIME: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const log: string[] = [];
    return new Promise((started, failed) => {
      createInterface({ input: child.stdout })
        .on('line', (line) => {
          log.push(line);
          const url = /Server listening at (http:\/\/[^"\s]+)/.exec(line)?.[1];
          if (url !== undefined) started(new ChildServer(url, log, child));
        })
        .on('close', () => {
          failed(new Error(`The server ended before it listened:\n${log.join('\n')}`));
        });
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** @returns its exit code, null when a signal ended it */
  async ended(): Promise<number | null> {
    if (this.isRunning) await once(this.child, 'exit');
    return this.child.exitCode;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.child.kill('SIGTERM');
    await this.ended();
  }
}
