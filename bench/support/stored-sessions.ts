import { Client } from 'pg';
import type { Env } from './throw-away';

export interface StoredSession {
  readonly id: string;
  readonly counter: number;
}

/** Every session of that schema, with the counter that its refresh token carries. */
export async function readSessions({ DATABASE_URL, DATABASE_SCHEMA }: Env): Promise<StoredSession[]> {
  const client = new Client({ connectionString: DATABASE_URL, options: `-c search_path=${DATABASE_SCHEMA ?? ''}` });
  await client.connect();
  try {
    const { rows } = await client.query<StoredSession>('SELECT id, counter FROM sessions');
    return rows;
  } finally {
    await client.end();
  }
}
