import { join, resolve } from 'node:path';

export const PROJECT = resolve(__dirname, '../..');
export const MAIN = join(PROJECT, 'dist/main.js');
export const MIGRATE = join(PROJECT, 'dist/cli/migrate.js');
export const BENCH_SERVER = join(PROJECT, 'bench/server/server.ts');
export const BARE_SERVER = join(PROJECT, 'bench/server/bare-refresh.ts');
export const REGISTER = join(PROJECT, 'scripts/register.cjs');
export const BETTER_AUTH = join(PROJECT, 'bench/better-auth');
export const RESULTS = join(PROJECT, 'bench/results');
export const DOCS = join(PROJECT, 'docs');
export const README = join(PROJECT, 'README.md');
