import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(__dirname, '..', '..', 'src', 'main.ts');

/** The service in a process of its own, by the clock on the wall. */
export class ChildServer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** @param env beside the settings of every test; two with the same database and keys are replicas */
  static async start(env: Readonly<Record<string, string>>): Promise<ChildServer> {
    const child = spawn(process.execPath, ['-r', 'ts-node/register/transpile-only', MAIN], {
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        PORT: '0',
        ISSUER: 'http://localhost:3000',
        DOCS: 'off',
        ARGON2_MEMORY_KIB: '8',
        ARGON2_TIME: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      const url = /Server listening at (http:\/\/[^"\s]+)/.exec(line)?.[1];
      if (url === undefined) continue;
      child.stdout.resume();
      return new ChildServer(url, child);
    }
    throw new Error(`The server ended before it listened:\n${lines.join('\n')}`);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
