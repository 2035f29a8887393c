import { join, resolve } from 'node:path';

export const PROJECT = resolve(__dirname, '../..');
export const MAIN = join(PROJECT, 'dist/main.js');
export const MIGRATE = join(PROJECT, 'dist/cli/migrate.js');
export const BENCH_SERVER = join(PROJECT, 'bench/server/server.ts');
export const REGISTER = join(PROJECT, 'bench/server/register.cjs');
export const RESULTS = join(PROJECT, 'bench/results');
