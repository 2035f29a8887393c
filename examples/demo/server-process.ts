import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port';

const MAIN = resolve(__dirname, '../../dist/main.js');
const READY_WITHIN = 60_000;
const STOPPED_WITHIN = 10_000;

/** What a process needs of its surroundings. Settings of Countersign stay out: the demo shows it with none. */
const SURROUNDINGS = ['PATH', 'HOME', 'USERPROFILE', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG', 'TZ'];

export class ServerFailed extends Error {}

/** The built server on a free port, with a folder of its own that goes when it stops. */
export class ServerProcess {
  url = '';
  /** Holds `data`, the server's DATA_DIR. */
  readonly folder: string;
  private child: ChildProcess | undefined;
  private output: string[] = [];
  private stopped: Promise<void> | undefined;

  /** @param settings beside those it always has: a port and a folder for its data */
  constructor(private readonly settings: Readonly<Record<string, string>> = {}) {
    if (!existsSync(MAIN)) throw new ServerFailed('dist/main.js is missing. Run `npm run build` first.');
    this.folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
    // The last resort, when the process ends without `stop`.
    process.on('exit', () => {
      this.child?.kill('SIGKILL');
      this.removeFolder();
    });
  }

  /** Resolves when the server says that it is ready. */
  async start(): Promise<void> {
    const port = await freePort();
    this.url = `http://localhost:${port}`;
    const surroundings = SURROUNDINGS.map((name) => [name, process.env[name]] as const).filter(([, value]) => value);
    const child = spawn(process.execPath, [MAIN], {
      cwd: this.folder, // so that no .env is read
      env: {
        ...Object.fromEntries(surroundings),
        PORT: String(port),
        DATA_DIR: join(this.folder, 'data'),
        ...this.settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = [...this.output, ...text.split('\n').filter((line) => line.trim() !== '')].slice(-20);
      });
    }
    let failure: string | undefined;
    child.on('error', (error) => (failure = `The server could not be started: ${error.message}`));
    child.on(
      'exit',
      (code, signal) => (failure ??= `The server ended by itself (${signal ?? `exit code ${code ?? '?'}`})`),
    );
    const until = Date.now() + READY_WITHIN;
    while (!(await this.isReady())) {
      if (failure !== undefined) throw new ServerFailed(failure);
      if (this.isStopping) throw new ServerFailed('Stopped before the server was ready');
      if (Date.now() > until) throw new ServerFailed(`The server was not ready within ${READY_WITHIN / 1000} s`);
      await sleep(100);
    }
  }

  /** The last lines that the server wrote. */
  get lastWords(): readonly string[] {
    return this.output;
  }

  get isStopping(): boolean {
    return this.stopped !== undefined;
  }

  /** However often it is called, the server is asked once. */
  stop(): Promise<void> {
    this.stopped ??= this.end();
    return this.stopped;
  }

  private async end(): Promise<void> {
    const child = this.child;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const patience = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(patience);
    }
    this.removeFolder();
  }

  private async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  private removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
