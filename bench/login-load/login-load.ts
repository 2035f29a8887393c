import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../report/machine';
import { DOCS, MAIN } from '../support/paths';
import { ThrowAway } from '../support/throw-away';
import { measureLoginLoad } from './measure';
import { isMet, loginLoadMarkdown } from './markdown';

const PAGE = join(DOCS, 'login-load.md');
const BEGINNING = '<!-- results of `npm run bench:logins`, written by it -->';
const END = '<!-- end of results -->';
const FULL = { rounds: 8, secondsEach: 3 };
const QUICK = { rounds: 2, secondsEach: 2 };

/** `--quick` writes nothing; `--concurrency 1,2` measures each instead of the default. */
async function run(args: readonly string[]): Promise<number> {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing. Run `npm run build` first.');
  const isQuick = args.includes('--quick');
  const list = args.includes('--concurrency') ? args[args.indexOf('--concurrency') + 1] : undefined;
  const concurrencies = list === undefined ? [undefined] : list.split(',').map(Number);
  const url = process.env['TEST_DATABASE_URL'];
  const machine = describeMachine(url ? 'PostgreSQL' : 'embedded database');
  const throwAway = new ThrowAway();
  try {
    const results = [];
    for (const hashConcurrency of concurrencies) {
      const database = url ? await throwAway.postgres(url) : { DATA_DIR: throwAway.dataDir() };
      const options = { ...(isQuick ? QUICK : FULL), hashConcurrency };
      results.push(await measureLoginLoad(throwAway.folder, database, options));
    }
    const command = ['npm run bench:logins', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
    const text = loginLoadMarkdown(command, machine, results);
    console.log(text);
    if (!isQuick) {
      const page = readFileSync(PAGE, 'utf8');
      const [before = ''] = page.split(BEGINNING);
      const after = page.slice(page.indexOf(END) + END.length);
      writeFileSync(PAGE, `${before}${BEGINNING}\n\n${text}\n${END}${after}`);
    }
    return results.every(isMet) ? 0 : 1;
  } finally {
    await throwAway.remove();
  }
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
