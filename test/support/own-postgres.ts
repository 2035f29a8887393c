import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

/** A PostgreSQL of one test's own, to crash and to start again. */
export class OwnPostgres {
  private readonly folder = mkdtempSync(join(tmpdir(), 'countersign-postgres-'));
  private readonly user = ownerOf();
  private child: ChildProcess | undefined;

  constructor(readonly port: number) {
    if (this.user.uid !== undefined) chownSync(this.folder, this.user.uid, this.user.gid);
    const args = ['-D', this.folder, '-U', 'countersign', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    execFileSync(binary('initdb'), args, { cwd: '/', stdio: ['ignore', 'ignore', 'inherit'], ...this.user });
  }

  urlOf(database: string): string {
    return `postgres://countersign@127.0.0.1:${this.port}/${database}`;
  }

  /** Recovers from a crash, where there was one. */
  async start(): Promise<void> {
    const args = ['-D', this.folder, '-p', String(this.port), '-c', 'listen_addresses=127.0.0.1'];
    this.child = spawn(binary('postgres'), [...args, '-c', 'unix_socket_directories='], {
      cwd: '/',
      stdio: 'ignore',
      ...this.user,
    });
    const began = performance.now();
    for (;;) {
      try {
        await this.query('SELECT 1');
        return;
      } catch (error) {
        if (performance.now() - began > 30_000) throw error;
      }
      await sleep(50);
    }
  }

  async query(sql: string): Promise<void> {
    const client = new Client({ connectionString: this.urlOf('postgres') });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  /** Ends it without a checkpoint or a goodbye, its backends as well: what is not in the write-ahead log is gone. */
  async crash(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGQUIT');
    await ended;
  }

  async remove(): Promise<void> {
    await this.crash();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Debian keeps the server's programs out of the PATH. */
export function binary(name: string): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin', name)).find((path) => existsSync(path)) ?? name;
}

/** PostgreSQL refuses to run as root. */
function ownerOf(): { uid: number; gid: number } | { uid?: undefined } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
