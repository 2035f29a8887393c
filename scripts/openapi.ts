import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';

const ROOT = join(__dirname, '..');
const FILE = join(ROOT, 'docs', 'openapi.json');

/**
 * `npm run openapi` writes `docs/openapi.json`; with `--check` it fails where that file and the code say different things,
 * and lints it.
 *
 * The document is that of a production server with the sample module, so that it shows a guarded domain module, and
 * without the `/dev` routes, which production does not have. It comes from a real start on a throw-away database.
 */
async function run(isCheck: boolean): Promise<void> {
  const document = await format(JSON.stringify(await freshDocument()), {
    ...(await resolveConfig(FILE)),
    parser: 'json',
  });
  if (!isCheck) {
    writeFileSync(FILE, document);
    console.log(`Written: ${relative(ROOT, FILE)}`);
    return;
  }
  const redocly = join(ROOT, 'node_modules', '.bin', 'redocly');
  // It shall lint, and call nobody.
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const lint = spawnSync(redocly, ['lint', relative(ROOT, FILE)], { cwd: ROOT, stdio: 'inherit', env });
  if (lint.status !== 0) process.exitCode = 1;
  if (document !== readFileSync(FILE, 'utf8')) {
    console.error('docs/openapi.json is not what the code says: `npm run openapi` writes it anew.');
    process.exitCode = 1;
  }
}

/**
 * Builds into a folder of its own, since docstrings reach the document only through the compiler plugin, and `dist` may be
 * old or in use.
 */
async function freshDocument(): Promise<unknown> {
  const cache = join(ROOT, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const build = mkdtempSync(join(cache, 'openapi-'));
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-openapi-'));
  try {
    const outDir = join(build, 'dist');
    const configFile = join(build, 'tsconfig.json');
    const compilerOptions = { outDir, incremental: false, tsBuildInfoFile: null };
    writeFileSync(configFile, JSON.stringify({ extends: join(ROOT, 'tsconfig.build.json'), compilerOptions }));
    const nest = join(ROOT, 'node_modules', '.bin', 'nest');
    execFileSync(nest, ['build', '--path', relative(ROOT, configFile)], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return await documentOf(outDir, dataDir);
  } finally {
    rmSync(build, { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function documentOf(dist: string, dataDir: string): Promise<unknown> {
  const load = (path: string): Promise<unknown> => import(pathToFileURL(join(dist, path)).href);
  const { createApp } = (await load('app.setup.js')) as typeof import('../src/app.setup');
  const { readSettings } = (await load(
    'platform/config/settings.module.js',
  )) as typeof import('../src/platform/config/settings.module');
  const { modules } = (await load('modules/index.js')) as typeof import('../src/modules');
  modules.length = 0; // A team's own routes are in the document that its service serves.
  const settings = readSettings({
    NODE_ENV: 'production',
    ISSUER: 'https://localhost',
    ENCRYPTION_KEYS: `once:${randomBytes(32).toString('base64')}`,
    DATA_DIR: dataDir,
    DOCS: 'on',
    EXAMPLES: 'on',
    LOG_LEVEL: 'silent',
  });
  const app = await createApp(settings);
  try {
    await app.init();
    const answer = await app.inject({ method: 'GET', url: '/openapi.json' });
    if (answer.statusCode !== 200) throw new Error(`/openapi.json answered ${answer.statusCode}`);
    return JSON.parse(answer.body) as unknown;
  } finally {
    await app.close();
  }
}

run(process.argv.includes('--check')).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
