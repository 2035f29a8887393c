// better-auth as its documentation serves it on Node.js: `toNodeHandler` on node:http, PostgreSQL through a `pg` pool.
// Talks with the measuring process by messages, like our own measured server.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node';
import { jwt, twoFactor } from 'better-auth/plugins';
import pg from 'pg';

const { BENCH_DATABASE_URL, BENCH_SCHEMA, BENCH_POOL_SIZE, BENCH_COOKIE_CACHE, BENCH_SECRET, PORT } = process.env;
const url = `http://127.0.0.1:${PORT}`;
const pool = new pg.Pool({
  connectionString: BENCH_DATABASE_URL,
  options: `-c search_path=${BENCH_SCHEMA}`,
  max: Number(BENCH_POOL_SIZE),
});

// Signing in only prepares what is measured: its own scrypt would make that wait.
const quickHash = (password) => createHash('sha256').update(password).digest('hex');

const auth = betterAuth({
  baseURL: url,
  secret: BENCH_SECRET,
  database: pool,
  emailAndPassword: {
    enabled: true,
    password: {
      hash: async (password) => quickHash(password),
      verify: async ({ hash, password }) => hash === quickHash(password),
    },
  },
  // Longer than the benchmark takes: past `maxAge` it would read the database again.
  session: { cookieCache: { enabled: BENCH_COOKIE_CACHE === 'on', maxAge: 3600 } },
  advanced: { database: { joins: true } }, // session and user in one query instead of two
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
  plugins: [
    // Otherwise each look-up of a session would make a JWT, too, and hand it over in a header.
    jwt({ disableSettingJwtHeader: true, jwks: { keyPairConfig: { alg: 'ES256' } } }),
    twoFactor(),
  ],
});

await (await getMigrations(auth.options)).runMigrations();

const handle = toNodeHandler(auth);
const server = createServer((request, response) => {
  if (request.url === '/guarded') void guarded(request, response);
  else void handle(request, response);
});

/** A route of an application's own behind better-auth's session. */
async function guarded(request, response) {
  const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
  const body = JSON.stringify(session ? { answer: 42 } : { error: 'no session' });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  response.writeHead(session ? 200 : 401, headers).end(body);
}

function answerTo({ ask }) {
  if (ask === 'collect-garbage') return globalThis.gc?.({ type: 'minor', execution: 'sync' }) ?? true;
  const { user, system } = process.cpuUsage();
  return user + system;
}

process.on('message', (question) => process.send(answerTo(question)));
process.on('disconnect', () => process.exit());
server.listen(Number(PORT), '127.0.0.1', () => process.send({ url }));
