import type { ExecutionContext } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { collectGarbage } from './answer';
import { BenchModule } from './bench.module';
import { AccessTokenGuard, RevocationPoller, SigningKeyRing, TokenSettings } from './built';
import type { TokenCosts } from './messages';
import { mintToken } from './mint-token';

const BATCH = 250;
const WARM_UP_BATCHES = 10;

type Check = (token: string) => Promise<void>;

/** What a check costs by itself, without HTTP, the ways of checking taking turns on the same tokens. */
export async function measureTokenCosts(app: NestFastifyApplication, batches: number): Promise<TokenCosts> {
  const guard = app.get(AccessTokenGuard, { strict: false });
  const pass: Check = async (token) => {
    await guard.canActivate(contextWith(token));
  };
  const revocations = app.get(RevocationPoller, { strict: false });
  const passportJwt = strategyOf(app);
  const costs = { passportJwt: [] as number[], firstUse: [] as number[], laterUse: [] as number[] };
  for (let batch = 0; batch < WARM_UP_BATCHES + batches; batch++) {
    const tokens = Array.from({ length: BATCH }, () => mintToken(app));
    // Making them held the server up, which refuses everybody when it has not read revocations for long.
    await revocations.catchUp();
    collectGarbage();
    // Neither is always the first.
    const before = batch % 2 === 0 ? await cpuOfEach(tokens, passportJwt) : undefined;
    const firstUse = await cpuOfEach(tokens, pass);
    const alone = before ?? (await cpuOfEach(tokens, passportJwt));
    const laterUse = await cpuOfEach(tokens, pass);
    if (batch >= WARM_UP_BATCHES) {
      costs.passportJwt.push(alone);
      costs.firstUse.push(firstUse);
      costs.laterUse.push(laterUse);
    }
  }
  return costs;
}

/** passport-jwt as its documentation sets it up, with the key that the application verifies with. */
function strategyOf(app: NestFastifyApplication): Check {
  const { alg, publicKey } = app.get(SigningKeyRing, { strict: false }).active;
  const { issuer, audience } = app.get(TokenSettings, { strict: false });
  const [first = ''] = audience;
  const strategy = new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: publicKey as unknown as string, // The types lag behind: jsonwebtoken takes a KeyObject.
      algorithms: [alg],
      issuer,
      audience: first,
    },
    (claims: object, done: (error: null, user: object) => void) => {
      done(null, claims);
    },
  );
  return (token) =>
    new Promise((resolve, reject) => {
      // What passport does: a strategy of its own for each request, with these to call.
      const each = Object.create(strategy) as Strategy;
      each.success = () => {
        resolve();
      };
      each.fail = (challenge: unknown) => {
        reject(new Error(`passport-jwt refuses the token: ${String(challenge)}`));
      };
      each.error = reject;
      each.authenticate({ headers: { authorization: `Bearer ${token}` } } as never);
    });
}

async function cpuOfEach(tokens: readonly string[], check: Check): Promise<number> {
  const before = process.cpuUsage();
  for (const token of tokens) await check(token);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / tokens.length;
}

/** As Nest hands it to a guard. */
function contextWith(token: string): ExecutionContext {
  const request = { headers: { authorization: `Bearer ${token}` } };
  return new ExecutionContextHost([request, {}], BenchModule, handler);
}

function handler(): void {
  // Neither public nor for MFA tokens.
}
