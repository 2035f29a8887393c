import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Takes away what was compiled, so that no migration of another branch stays; the page stays until Vite builds it anew. */
const DIST = join(import.meta.dirname, '..', 'dist');

mkdirSync(DIST, { recursive: true });
for (const name of readdirSync(DIST)) {
  if (name !== 'page') rmSync(join(DIST, name), { recursive: true, force: true });
}
