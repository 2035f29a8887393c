import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { MIGRATE } from './paths';

export type Env = Readonly<Record<string, string>>;

/** Folders and schemas of this run's own. */
export class ThrowAway {
  readonly folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  private readonly schemas: { readonly url: string; readonly name: string }[] = [];

  constructor() {
    process.on('exit', () => {
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** A folder that does not exist yet. */
  dataDir(): string {
    return join(this.folder, randomBytes(6).toString('hex'));
  }

  /** @returns settings for a migrated schema on that server */
  async postgres(url: string): Promise<Env> {
    const env = this.nameSchema(url);
    await promisify(execFile)(process.execPath, [MIGRATE], {
      cwd: this.folder, // so that no .env is read
      env: { ...process.env, ...env },
    });
    return env;
  }

  /** @returns settings for a schema without a table on that server */
  async emptySchema(url: string): Promise<Env> {
    const env = this.nameSchema(url);
    await run(url, `CREATE SCHEMA "${env.DATABASE_SCHEMA}"`);
    return env;
  }

  async remove(): Promise<void> {
    for (const { url, name } of this.schemas) await run(url, `DROP SCHEMA IF EXISTS "${name}" CASCADE`);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private nameSchema(url: string) {
    const name = `bench_${randomBytes(8).toString('hex')}`;
    this.schemas.push({ url, name });
    return { DATABASE_URL: url, DATABASE_SCHEMA: name };
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
