import { CountersignPerson } from './people/countersign-person';
import { offServerCore } from './support/cores';
import { JsonClient, makeMany } from './support/json-client';
import { type Cost, medianOf, repeat } from './support/load';
import { MeasuredServer, startCountersign } from './support/measured-server';
import { BARE_SERVER, REGISTER } from './support/paths';
import { progress } from './support/progress';
import { CONNECTIONS, settings } from './support/settings';
import { readSessions, type StoredSession } from './support/stored-sessions';
import { type Spread, spread } from './support/statistics';
import type { Env } from './support/throw-away';

export interface RefreshOptions {
  /** So many count for nothing on each side: the compiler has to know the way, which is a long one on ours. */
  readonly warmUpRequests: number;
  readonly rounds: number;
  readonly secondsEach: number;
}

export interface RefreshCost {
  readonly rounds: readonly { readonly ours: Cost; readonly bare: Cost }[];
  readonly ours: Cost;
  readonly bare: Cost;
  /** CPU time of ours to that of the bare route in the same round. */
  readonly ratio: Spread;
}

type Step = () => Promise<unknown>;

/** `POST /v1/auth/refresh` beside a bare route with the same UPDATE and a signature. Each session is refreshed serially. */
export async function measureRefresh(cwd: string, database: Env, options: RefreshOptions): Promise<RefreshCost> {
  progress(`Refresh: ${options.rounds} rounds of ${2 * options.secondsEach} s`);
  const env = { ...settings(), ...database };
  const server = await startCountersign(cwd, env);
  const bareServer = await MeasuredServer.start(['-r', REGISTER, BARE_SERVER], cwd, env).catch(
    async (error: unknown) => {
      await server.stop();
      throw error;
    },
  );
  const client = new JsonClient(server.url);
  const bareClient = new JsonClient(bareServer.url);
  try {
    // Sessions for the bare route first: those that exist then are its own.
    await makeMany(CONNECTIONS, () => CountersignPerson.register(client));
    const bareSteps = (await readSessions(database)).map((session) => bareRefresh(bareClient, session));
    const people = await makeMany(CONNECTIONS, () => CountersignPerson.register(client));
    const ourSteps = people.map(
      (person): Step =>
        () =>
          person.refresh(),
    );
    const ours = () => repeat(server, ourSteps, options.secondsEach);
    const bare = () => repeat(bareServer, bareSteps, options.secondsEach);
    return await offServerCore(() => inTurn(ours, bare, options));
  } finally {
    client.close();
    bareClient.close();
    await bareServer.stop();
    await server.stop();
  }
}

async function inTurn(
  ours: () => Promise<Cost>,
  bare: () => Promise<Cost>,
  options: RefreshOptions,
): Promise<RefreshCost> {
  for (const side of [ours, bare]) {
    let requests = 0;
    while (requests < options.warmUpRequests) requests += (await side()).requestsPerSecond * options.secondsEach;
  }
  const rounds: { ours: Cost; bare: Cost }[] = [];
  for (let round = 0; round < options.rounds; round++) {
    if (round % 2 === 0) rounds.push({ ours: await ours(), bare: await bare() });
    else rounds.push({ bare: await bare(), ours: await ours() });
  }
  return {
    rounds,
    ours: medianOf(rounds.map((round) => round.ours)),
    bare: medianOf(rounds.map((round) => round.bare)),
    ratio: spread(rounds.map((round) => round.ours.cpuPerRequest / round.bare.cpuPerRequest)),
  };
}

function bareRefresh(client: JsonClient, { id, counter: first }: StoredSession): Step {
  let counter = first;
  return async () => {
    const { body } = await client.call<{ counter: number }>('POST', '/refresh', {}, { id, counter });
    counter = body.counter;
  };
}
