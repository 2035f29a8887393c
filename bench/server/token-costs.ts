import type { ExecutionContext } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../support/statistics';
import { AccessTokenGuard, SigningKeyRing, TokenSettings } from './built';
import type { TokenCosts } from './messages';
import { mintToken } from './mint-token';

const BATCH = 250;
const WARM_UP_BATCHES = 4;
/** Lets the server read revocations, without which it would refuse everybody. */
const PAUSE_MS = 20;

interface JsonWebToken {
  verify(token: string, key: KeyObject, options: { algorithms: string[]; issuer: string; audience: string }): object;
}

// The very copy that passport-jwt verifies with.
const jsonwebtoken = createRequire(require.resolve('passport-jwt'))('jsonwebtoken') as JsonWebToken;

/** What the guard costs by itself, without HTTP, the ways of checking a token taking turns on the same tokens. */
export async function measureTokenCosts(app: NestFastifyApplication, batches: number): Promise<TokenCosts> {
  const guard = app.get(AccessTokenGuard, { strict: false });
  const { publicKey } = app.get(SigningKeyRing, { strict: false }).active;
  const { issuer, audience } = app.get(TokenSettings, { strict: false });
  const [first = ''] = audience;
  const pass = async (token: string) => {
    await guard.canActivate(contextWith(token));
  };
  const verifyAlone = (token: string) => {
    jsonwebtoken.verify(token, publicKey, { algorithms: ['ES256'], issuer, audience: first });
  };

  const measured: TokenCosts[] = [];
  for (let batch = 0; batch < WARM_UP_BATCHES + batches; batch++) {
    const tokens = Array.from({ length: BATCH }, () => mintToken(app));
    const costs = {
      verifyAlone: await cpuOfEach(tokens, verifyAlone),
      firstUse: await cpuOfEach(tokens, pass),
      laterUse: await cpuOfEach(tokens, pass),
    };
    if (batch >= WARM_UP_BATCHES) measured.push(costs);
    await sleep(PAUSE_MS);
  }
  return {
    verifyAlone: median(measured.map((costs) => costs.verifyAlone)),
    firstUse: median(measured.map((costs) => costs.firstUse)),
    laterUse: median(measured.map((costs) => costs.laterUse)),
  };
}

async function cpuOfEach(tokens: readonly string[], use: (token: string) => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (const token of tokens) await use(token);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / tokens.length;
}

function contextWith(token: string): ExecutionContext {
  const request = { headers: { authorization: `Bearer ${token}` } };
  const handler = () => undefined;
  const http = { getRequest: () => request, getResponse: () => ({}) };
  return { getHandler: () => handler, switchToHttp: () => http } as unknown as ExecutionContext;
}
