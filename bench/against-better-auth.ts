import { BetterAuthPerson } from './people/better-auth-person';
import { CountersignPerson } from './people/countersign-person';
import { installBetterAuth, startBetterAuth } from './support/better-auth-server';
import { offServerCore } from './support/cores';
import { JsonClient, makeMany } from './support/json-client';
import { type Cost, load, measure, medianOf, repeat } from './support/load';
import { type Countersign, type MeasuredServer, startCountersign } from './support/measured-server';
import { progress } from './support/progress';
import { CONNECTIONS, settings } from './support/settings';
import { type Spread, spread } from './support/statistics';
import type { Env } from './support/throw-away';

export interface BetterAuthOptions {
  /** Rounds that count for nothing. */
  readonly warmUps: number;
  readonly rounds: number;
  readonly secondsEach: number;
  readonly codesEach: number;
}

const TASKS = ['A guarded request', 'A new JWT', 'A TOTP code'] as const;

/** One way of doing something. */
interface Way {
  readonly task: (typeof TASKS)[number];
  readonly whose: 'Countersign' | 'better-auth';
  /** In a word or two, for a chart. */
  readonly label: string;
  /** What exactly is asked, and what is done for it. */
  readonly what: string;
}

interface MeasuredWay extends Way {
  readonly round: () => Promise<Cost>;
}

/** A way and what it costs. */
export interface Compared extends Way {
  readonly rounds: readonly Cost[];
  readonly medians: Cost;
  readonly cpu: Spread;
}

export interface AgainstBetterAuth {
  readonly version: string;
  readonly compared: readonly Compared[];
}

/** A server, and connections to it. */
interface Reached<Server extends MeasuredServer = MeasuredServer> {
  readonly server: Server;
  readonly client: JsonClient;
}

/** The same tasks here and at better-auth, in turn, on the same PostgreSQL. */
export async function measureAgainstBetterAuth(
  cwd: string,
  ours: Env,
  theirs: Env,
  options: BetterAuthOptions,
): Promise<AgainstBetterAuth> {
  const version = installBetterAuth();
  const started: Reached[] = [];
  const reach = <Server extends MeasuredServer>(server: Server): Reached<Server> => {
    const reached = { server, client: new JsonClient(server.url) };
    started.push(reached);
    return reached;
  };
  try {
    const countersign = reach(await startCountersign(cwd, { ...settings(), ...ours }));
    const plain = reach(await startBetterAuth(cwd, theirs, 'off'));
    const cached = reach(await startBetterAuth(cwd, theirs, 'on'));
    const all = [
      ...(await ourWays(countersign, options)),
      ...(await waysOfBetterAuth(plain, 'off', options)),
      ...(await waysOfBetterAuth(cached, 'on', options)),
      totpOfBetterAuth(plain, options),
    ];
    const ways = TASKS.flatMap((task) => all.filter((way) => way.task === task));
    progress(`Beside better-auth ${version}: ${options.warmUps} + ${options.rounds} rounds of ${ways.length} ways`);
    return { version, compared: await offServerCore(() => inTurn(ways, options)) };
  } finally {
    for (const { server, client } of started) {
      client.close();
      await server.stop();
    }
  }
}

async function inTurn(
  ways: readonly MeasuredWay[],
  { warmUps, rounds: count }: BetterAuthOptions,
): Promise<Compared[]> {
  const costs = ways.map((): Cost[] => []);
  for (let round = 0; round < warmUps; round++) for (const way of ways) await way.round();
  for (let round = 0; round < count; round++) {
    for (const [index, way] of ways.entries()) costs[index]?.push(await way.round());
  }
  return ways.map(({ task, whose, label, what }, index) => {
    const rounds = costs[index] ?? [];
    const cpu = spread(rounds.map(({ cpuPerRequest }) => cpuPerRequest));
    return { task, whose, label, what, rounds, medians: medianOf(rounds), cpu };
  });
}

async function ourWays(
  { server, client }: Reached<Countersign>,
  { secondsEach, codesEach }: BetterAuthOptions,
): Promise<MeasuredWay[]> {
  const people = await makeMany(CONNECTIONS, () => CountersignPerson.register(client));
  const refreshes = people.map((person) => () => person.refresh());
  const authorization = `Bearer ${server.ready.token}`;
  const pending = () => makeMany(codesEach, async () => (await CountersignPerson.register(client)).logIn());
  const whose = 'Countersign';
  return [
    {
      task: 'A guarded request',
      whose,
      label: '@RequireMfa()',
      what: '`@RequireMfa()` on a route, with an access token that was seen before. No query',
      round: () => load(server, '/bench/protected', { authorization }, secondsEach),
    },
    {
      task: 'A new JWT',
      whose,
      label: 'refresh',
      what: '`POST /v1/auth/refresh`: in one transaction, reads session and account, rotates the refresh token, writes the audit log',
      round: () => repeat(server, refreshes, secondsEach),
    },
    {
      task: 'A TOTP code',
      whose,
      label: 'challenge and verify',
      what: '`POST /v1/mfa/challenges`, then `…/verify`: two requests, a code that works once, audit log, new tokens',
      round: async () => {
        const signIns = await pending();
        return measure(server, async () => {
          const inOrder = signIns.map((signIn) => async () => {
            await signIn.challenge();
            await signIn.verify();
          });
          return atOnce(inOrder);
        });
      },
    },
    {
      task: 'A TOTP code',
      whose,
      label: 'verify alone',
      what: '`POST /v1/mfa/challenges/:id/verify` alone',
      round: async () => {
        const signIns = await pending();
        await atOnce(signIns.map((signIn) => () => signIn.challenge()));
        return measure(server, () => atOnce(signIns.map((signIn) => () => signIn.verify())));
      },
    },
  ];
}

async function waysOfBetterAuth(
  { server, client }: Reached,
  cookieCache: 'on' | 'off',
  { secondsEach }: BetterAuthOptions,
): Promise<MeasuredWay[]> {
  const { cookie } = await BetterAuthPerson.signUp(client, server.url);
  // One by itself: those that come at once would each make a signing key.
  await client.call('GET', '/api/auth/token', { cookie });
  const mints = Array.from({ length: CONNECTIONS }, () => () => client.call('GET', '/api/auth/token', { cookie }));
  const isOn = cookieCache === 'on';
  const whose = 'better-auth';
  return [
    {
      task: 'A guarded request',
      whose,
      label: `cookie cache ${cookieCache}`,
      what: `\`auth.api.getSession\` on a route, cookie cache ${cookieCache}. ${isOn ? 'No query' : 'Reads session and user in one query'}`,
      round: () => load(server, '/guarded', { cookie }, secondsEach),
    },
    {
      task: 'A new JWT',
      whose,
      label: `/token, cookie cache ${cookieCache}`,
      what: `\`GET /token\` (ES256), cookie cache ${cookieCache}: reads ${isOn ? '' : 'session, user and '}the signing keys, writes nothing`,
      round: () => repeat(server, mints, secondsEach),
    },
  ];
}

function totpOfBetterAuth({ server, client }: Reached, { codesEach }: BetterAuthOptions): MeasuredWay {
  return {
    task: 'A TOTP code',
    whose: 'better-auth',
    label: 'verify-totp',
    what: '`POST /two-factor/verify-totp` of a sign-in that waits for it (its challenge was made by the sign-in): a new session; a code works again',
    round: async () => {
      const signIns = await makeMany(codesEach, async () =>
        (await BetterAuthPerson.signUp(client, server.url)).signInWithTotp(),
      );
      return measure(server, () => atOnce(signIns.map((signIn) => () => signIn.verify())));
    },
  };
}

/** @returns how many there were */
async function atOnce(tasks: readonly (() => Promise<void>)[]): Promise<number> {
  await makeMany(tasks.length, (index) => tasks[index]?.() ?? Promise.resolve());
  return tasks.length;
}
