import { writeSync } from 'node:fs';
import { Pool } from 'pg';
import { EmbeddedPostgres } from '../../src/platform/database/embedded-postgres';

/**
 * A process to kill: serves the embedded database on the data folder given, and with `write` as the second argument
 * writes rows from several connections at once, printing each id when its insert was answered.
 */
async function serve(dataDir: string, task: string | undefined): Promise<void> {
  const embedded = await EmbeddedPostgres.start(dataDir);
  const pool = new Pool({ host: embedded.socketFolder, user: 'postgres', database: 'postgres', max: 4 });
  await pool.query('CREATE TABLE IF NOT EXISTS kept (id text PRIMARY KEY)');
  writeSync(1, 'ready\n');
  if (task !== 'write') return;
  const write = async (writer: number): Promise<never> => {
    for (let count = 0; ; count++) {
      const id = `${process.pid}-${writer}-${count}`;
      await pool.query('INSERT INTO kept (id) VALUES ($1)', [id]);
      writeSync(1, `${id}\n`); // at once: a buffered line would die with the process
    }
  };
  await Promise.all([0, 1, 2, 3].map(write));
}

void serve(process.argv[2]!, process.argv[3]);
