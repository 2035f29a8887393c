import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../examples/demo/free-port';
import { MeasuredServer } from './measured-server';
import { BETTER_AUTH } from './paths';
import { progress } from './progress';
import { POOL_SIZE } from './settings';
import type { Env } from './throw-away';

const INSTALLED = join(BETTER_AUTH, 'node_modules/better-auth/package.json');

/** Installs what `bench/better-auth/package-lock.json` names, unless it is there. @returns its version */
export function installBetterAuth(): string {
  if (!existsSync(INSTALLED)) {
    progress('better-auth is not there yet: npm ci --prefix bench/better-auth --ignore-scripts');
    const args = ['ci', '--prefix', BETTER_AUTH, '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return (JSON.parse(readFileSync(INSTALLED, 'utf8')) as { version: string }).version;
}

/** @param cookieCache whether the session cookie carries the session, so that nobody asks the database */
export async function startBetterAuth(
  cwd: string,
  { DATABASE_URL = '', DATABASE_SCHEMA = '' }: Env,
  cookieCache: 'on' | 'off',
): Promise<MeasuredServer> {
  return MeasuredServer.start([join(BETTER_AUTH, 'server.mjs')], cwd, {
    NODE_ENV: 'production',
    PORT: String(await freePort()), // its own address is one of its settings
    BENCH_SECRET: 'a secret of the benchmark: 0d2f7c61b85e94a3',
    BENCH_DATABASE_URL: DATABASE_URL,
    BENCH_SCHEMA: DATABASE_SCHEMA,
    BENCH_POOL_SIZE: String(POOL_SIZE),
    BENCH_COOKIE_CACHE: cookieCache,
  });
}
