import { join } from 'node:path';

/** Arguments of Node that let a child process run our sources. */
export const TYPESCRIPT = ['-r', join(__dirname, '..', '..', 'scripts', 'register.cjs')];
