import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../examples/demo/free-port';
import { MAIN, PROJECT } from './support/paths';
import { progress } from './support/progress';
import { ProcessGroup } from './support/process-group';
import { median } from './support/statistics';
import type { Env, ThrowAway } from './support/throw-away';

const READY_WITHIN_MS = 120_000;
const PAUSE_MS = 10;
const ACCOUNTS = 20;

/** How the server is started; the second is what a newcomer types. */
const WAYS = { 'node dist/main.js': [process.execPath, MAIN], 'npm start': ['npm', 'start'] } as const;
type Way = keyof typeof WAYS;

interface Database {
  readonly name: string;
  /** Seconds to the first answer that are thought acceptable. */
  readonly target: number;
  readonly settings: () => Env;
}

interface Start {
  readonly seconds: number;
  /** CPU time of the server until then; null where it cannot be told. */
  readonly cpuSeconds: number | null;
}

export interface StartUp {
  readonly database: string;
  readonly way: Way;
  readonly target: number;
  readonly starts: readonly Start[];
  readonly seconds: number;
  readonly cpuSeconds: number | null;
}

/**
 * From the start of the process to its first answer, the cases taking turns.
 *
 * @param postgres settings for a migrated schema, if there is a PostgreSQL
 */
export async function measureStartUp(
  throwAway: ThrowAway,
  postgres: Env | undefined,
  runs: number,
): Promise<StartUp[]> {
  progress('Start-up: making a database with accounts in it');
  const filled = throwAway.dataDir();
  await register({ DATA_DIR: filled }, throwAway.folder);
  const postgresDataDir = throwAway.dataDir(); // for the secrets that development makes
  const databases: Database[] = [
    ...(postgres
      ? [{ name: 'PostgreSQL', target: 2.5, settings: () => ({ ...postgres, DATA_DIR: postgresDataDir }) }]
      : []),
    { name: 'embedded, with data', target: 3, settings: () => ({ DATA_DIR: filled }) },
    { name: 'embedded, empty', target: 6, settings: () => ({ DATA_DIR: throwAway.dataDir() }) },
  ];
  const cases = databases.flatMap((database) =>
    (Object.keys(WAYS) as Way[]).map((way) => ({ database, way, starts: [] as Start[] })),
  );
  for (let run = 0; run < runs; run++) {
    progress(`Start-up: ${run + 1} of ${runs} times ${cases.length} ways`);
    for (const { database, way, starts } of cases) {
      starts.push(await start(way, database.settings(), throwAway.folder));
    }
  }
  return cases.map(({ database: { name, target }, way, starts }) => {
    const cpu = starts.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
    return {
      database: name,
      way,
      target,
      starts,
      seconds: median(starts.map(({ seconds }) => seconds)),
      cpuSeconds: cpu.length > 0 ? median(cpu) : null,
    };
  });
}

async function start(way: Way, settings: Env, folder: string, use?: (url: string) => Promise<void>): Promise<Start> {
  const [file, ...args] = WAYS[way];
  const port = await freePort();
  const began = performance.now();
  const group = new ProcessGroup({
    file,
    args,
    cwd: way === 'npm start' ? PROJECT : folder, // elsewhere no .env is read
    env: { ...settings, PORT: String(port) },
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    while (!(await answers(url))) {
      group.assertRunning();
      if (performance.now() - began > READY_WITHIN_MS) throw new Error(`${way}: no answer for too long`);
      await sleep(PAUSE_MS);
    }
    const seconds = (performance.now() - began) / 1000;
    const cpuSeconds = way === 'npm start' ? null : cpuSecondsOf(group.child.pid);
    await use?.(url);
    return { seconds, cpuSeconds };
  } finally {
    await group.stop();
  }
}

/** Makes a database, with some accounts in it. */
async function register(settings: Env, folder: string): Promise<void> {
  await start('node dist/main.js', settings, folder, async (url) => {
    for (let account = 1; account <= ACCOUNTS; account++) {
      const response = await fetch(`${url}/v1/auth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: `somebody-${account}`, password: 'a loom that weaves algebra' }),
      });
      if (response.status !== 201) throw new Error(`Registration was answered by ${response.status}`);
    }
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** User and system time so far, where Linux tells it: proc_pid_stat(5), fields 14 and 15, in hundredths of a second. */
function cpuSecondsOf(pid: number | undefined): number | null {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}
