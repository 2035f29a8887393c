import { performance } from 'node:perf_hooks';
import { startCountersign } from '../support/measured-server';
import { progress } from '../support/progress';
import { settings } from '../support/settings';
import { median, type Spread, spread } from '../support/statistics';
import type { Env } from '../support/throw-away';
import { type Answer, Caller } from './caller';
import { paced } from './paced';

/** Logins arrive so many times as fast as they can be hashed. */
export const OVERLOAD = 5;
const PEOPLE = 40;
const READS_PER_SECOND = 50;
/** A route behind the guard that answers at once: what it takes longer, it waits for the processor. */
const GUARDED = '/bench/protected';
/** That of production. */
const HASH_COST: Env = { ARGON2_MEMORY_KIB: '19456', ARGON2_TIME: '2' };
/** Logins at once while it is found out how many there can be in a second: none of them is refused. */
const CLOSED_LOOP = 16;

export interface LoginLoadOptions {
  readonly rounds: number;
  readonly secondsEach: number;
  readonly hashConcurrency: number | undefined;
}

export interface Round {
  /** Milliseconds, the median. */
  readonly idle: number;
  readonly loaded: number;
  readonly accepted: number;
  readonly busy: number;
  /** Answered in another way, or accepted and then unknown to the service. */
  readonly lost: number;
}

export interface LoginLoad {
  readonly hashConcurrency: number | undefined;
  /** Logins a second when none waits long. */
  readonly capacity: number;
  readonly rounds: readonly Round[];
  /** Latency of a guarded GET while logins flood in, to that of the same round without. */
  readonly ratio: Spread;
  readonly acceptedPerSecond: number;
}

/** Guarded reads beside five times the logins that the machine can hash, at the cost of hashing that production has. */
export async function measureLoginLoad(
  cwd: string,
  database: Env,
  { rounds, secondsEach, hashConcurrency }: LoginLoadOptions,
): Promise<LoginLoad> {
  const concurrency: Env = hashConcurrency === undefined ? {} : { HASH_CONCURRENCY: String(hashConcurrency) };
  const server = await startCountersign(cwd, { ...settings(), ...database, ...HASH_COST, ...concurrency }, 'all cores');
  const caller = new Caller(server.url);
  const { token } = server.ready;
  try {
    const people: string[] = [];
    while (people.length < PEOPLE) people.push(await caller.register());
    const person = (index: number) => people[index % PEOPLE] ?? '';
    const reads = () => paced(READS_PER_SECOND, secondsEach, () => caller.read(GUARDED, token));
    await reads(); // The compiler has to know the way.
    await loginsPerSecond(caller, person, 1);
    const capacity = await loginsPerSecond(caller, person, secondsEach);
    progress(`${capacity.toFixed(0)} logins a second can be hashed`);
    const measured: Round[] = [];
    while (measured.length < rounds) {
      const idle = await reads();
      const [loaded, logins] = await Promise.all([
        reads(),
        paced(OVERLOAD * capacity, secondsEach, (index) => caller.logIn(person(index))),
      ]);
      const round = { idle: latency(idle), loaded: latency(loaded), ...(await settle(caller, logins)) };
      progress(`${round.idle.toFixed(2)} ms, then ${round.loaded.toFixed(2)} ms`);
      measured.push(round);
    }
    return {
      hashConcurrency,
      capacity,
      rounds: measured,
      ratio: spread(measured.map(({ idle, loaded }) => loaded / idle)),
      acceptedPerSecond: median(measured.map(({ accepted }) => accepted / secondsEach)),
    };
  } finally {
    caller.close();
    await server.stop();
  }
}

async function loginsPerSecond(caller: Caller, person: (index: number) => string, seconds: number): Promise<number> {
  const began = performance.now();
  const until = began + seconds * 1000;
  let logins = 0;
  const worker = async () => {
    while (performance.now() < until) {
      const { status } = await caller.logIn(person(logins++));
      if (status !== 200) throw new Error(`A login without overload was answered ${status}`);
    }
  };
  await Promise.all(Array.from({ length: CLOSED_LOOP }, worker));
  return logins / ((performance.now() - began) / 1000);
}

/** What became of the logins: each that was accepted has to be good for something afterwards. */
async function settle(caller: Caller, logins: readonly Answer[]): Promise<Pick<Round, 'accepted' | 'busy' | 'lost'>> {
  const accepted = logins.filter(({ status }) => status === 200);
  const busy = logins.filter(
    ({ status, body, retryAfter }) => status === 503 && body.code === 'service_busy' && Number(retryAfter) > 0,
  );
  let unknown = 0;
  for (const { body } of accepted) {
    if ((await caller.read('/v1/users/me', body.accessToken ?? '')).status !== 200) unknown++;
  }
  return {
    accepted: accepted.length,
    busy: busy.length,
    lost: logins.length - accepted.length - busy.length + unknown,
  };
}

function latency(answers: readonly Answer[]): number {
  if (answers.some(({ status }) => status !== 200)) throw new Error('A guarded GET was refused');
  return median(answers.map(({ milliseconds }) => milliseconds));
}
