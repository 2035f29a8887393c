import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PREPARED_DATA_DIR } from '../support/database';

const ROOT = join(__dirname, '..', '..');
/** What is not the repository's: installed, built, or a developer's own. */
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', '.data', '.env', 'coverage', 'test-results']);

const SLOW = 300_000;

interface Outcome {
  readonly code: number;
  readonly output: string;
}

describe('npm run new:module', () => {
  let copy: string;

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'countersign-new-module-'));
    await cp(ROOT, copy, { recursive: true, filter: (path) => !LEFT_OUT.has(relative(ROOT, path)) });
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  }, SLOW);
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it(
    'makes a module that is formatted, type-checks, passes the linter and its own test',
    async () => {
      const made = await run('scripts/new-module.mjs', 'sample-companies');
      expect(made.output).toContain('src/modules/sample-companies/sample-companies.module.ts');
      expect(made.code).toBe(0);

      expect(await run('node_modules/prettier/bin/prettier.cjs', '--check', 'src/modules')).toMatchObject({ code: 0 });
      const buildInfo = join(copy, 'check.tsbuildinfo'); // the default lies in node_modules, which the copy shares
      expect(await run('node_modules/typescript/bin/tsc', '--noEmit', '--tsBuildInfoFile', buildInfo)).toEqual({
        code: 0,
        output: '',
      });
      // Its test is no part of the build.
      expect(
        await run(
          'node_modules/typescript/bin/tsc',
          '--noEmit',
          '-p',
          'tsconfig.build.json',
          '--tsBuildInfoFile',
          buildInfo,
        ),
      ).toEqual({ code: 0, output: '' });
      expect(await run('node_modules/eslint/bin/eslint.js', 'src/modules')).toEqual({ code: 0, output: '' });
      const tested = await run('node_modules/jest/bin/jest.js', 'src/modules/sample-companies', '--testTimeout=60000');
      expect(tested.output).toContain('Tests:       6 passed, 6 total');
      expect(tested.code).toBe(0);
    },
    SLOW,
  );

  it(
    'adds a second module beside the first, and takes the singular it is told',
    async () => {
      expect(await run('scripts/new-module.mjs', 'sample-data', 'sample-datum')).toMatchObject({ code: 0 });
      expect(await run('scripts/new-module.mjs', 'sample-movies', 'sample-movie')).toMatchObject({ code: 0 });
      const list = await readFile(join(copy, 'src/modules/index.ts'), 'utf8');
      expect(list).toMatch(/SampleDataModule,\s+SampleMoviesModule/);
      expect(await readdir(join(copy, 'src/modules/sample-data/entities'))).toEqual(['sample-datum.entity.ts']);
    },
    SLOW,
  );

  it.each([
    ['Invoices', 'is not kebab-case'],
    ['purchase_orders', 'is not kebab-case'],
    ['../invoices', 'is not kebab-case'],
    ['sheep', 'is not a plural'],
    ['users', 'is taken'],
    ['payouts', 'is taken'],
    ['this', 'means something in JavaScript'],
    ['a'.repeat(40) + 's', 'is longer than 40 characters'],
  ])('refuses the name %s in plain words, and writes nothing', async (name, reason) => {
    const before = await readdir(join(copy, 'src/modules'), { recursive: true });
    const refused = await run('scripts/new-module.mjs', name);
    expect(refused.output).toContain(reason);
    expect(refused.output).not.toContain('    at '); // no stack
    expect(refused.code).toBe(1);
    expect(await readdir(join(copy, 'src/modules'), { recursive: true })).toEqual(before);
  });

  it('refuses a module that is there already', async () => {
    await run('scripts/new-module.mjs', 'sample-twins');
    const before = await readFile(join(copy, 'src/modules/index.ts'), 'utf8');
    const refused = await run('scripts/new-module.mjs', 'sample-twins');
    expect(refused).toEqual({ code: 1, output: 'src/modules/sample-twins is there already.\n' });
    expect(await readFile(join(copy, 'src/modules/index.ts'), 'utf8')).toBe(before);
  });

  /** Runs a program of Node's in the copy, with no database of this test's. */
  function run(...args: string[]): Promise<Outcome> {
    const env = { ...process.env, [PREPARED_DATA_DIR]: undefined };
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: copy, env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
      });
    });
  }
});
