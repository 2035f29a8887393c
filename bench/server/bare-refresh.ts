import fastify from 'fastify';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { Pool } from 'pg';
import { collectGarbage, cpu } from './answer';
import type { Question } from './messages';

/**
 * What no refresh can do without, and nothing else: one conditional UPDATE of a session, and one ES256 signature. On a bare
 * Fastify, on the tables of the application, with as many connections to the database.
 */
const UPDATE = `UPDATE sessions
  SET counter = counter + 1, rotated_at = $3, last_used_at = $3, idle_ends_at = $4
  WHERE id = $1 AND counter = $2 AND revoked_at IS NULL AND step_up_reason IS NULL
  RETURNING *`;
const IDLE_MS = 7 * 86_400_000;

interface Session {
  readonly id: string;
  readonly user_id: string;
  readonly counter: number;
}

const env = process.env;
const pool = new Pool({
  connectionString: env['DATABASE_URL'],
  options: `-c search_path=${env['DATABASE_SCHEMA'] ?? ''}`,
  max: Number(env['DATABASE_POOL_SIZE']),
});
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: randomUUID() });

const app = fastify();

app.post<{ Body: { id: string; counter: number } }>('/refresh', async ({ body }, reply) => {
  const now = new Date();
  const values = [body.id, body.counter, now, new Date(now.getTime() + IDLE_MS)];
  const { rows } = await pool.query<Session>(UPDATE, values);
  const [session] = rows;
  if (session === undefined) return reply.code(409).send({ error: 'not the current counter' });
  return { accessToken: mint(session), counter: session.counter };
});

process.on('message', ({ ask }: Question) => {
  process.send?.(ask === 'cpu' ? cpu() : collectGarbage());
});
process.on('disconnect', () => process.exit());
void app.listen({ port: 0, host: '127.0.0.1' }).then((url) => process.send?.({ url }));

function mint(session: Session): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: 'https://bench.example', aud: 'countersign', sub: session.user_id, sid: session.id, iat };
  const signed = `${header}.${encode({ ...claims, exp: iat + 300, jti: randomUUID() })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
