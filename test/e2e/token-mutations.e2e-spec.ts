import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import fc from 'fast-check';
import { aPrincipal, tokenFor } from '../../src/access/testing';
import { AccessTokenGuard } from '../../src/tokens/access-tokens/access-token.guard';
import { MfaTokens } from '../../src/tokens/mfa-tokens/mfa-tokens';
import type { ServiceClient } from '../../src/tokens/oauth/clients/service-client';
import { IntrospectionService } from '../../src/tokens/oauth/introspection.service';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** What a token is made of, what may be mistaken for it, and what has no place in it. */
const CHARACTERS = [...BASE64URL, ...'.=+/~%:;,"\\\'{}', '\u0000', '\u007f', '\u00ad', '\u200b', '\ufeff', '\uff21'];
const SPACES = [' ', '\t', '\n', '\r'];

type Mutation = (token: string) => string;

/** One character changed, put in or taken out. */
function mutationWith(characters: readonly string[]): fc.Arbitrary<Mutation> {
  const at = fc.nat().map((n) => (token: string) => n % token.length);
  const character = fc.constantFrom(...characters);
  return fc.oneof(
    fc.tuple(at, character).map(
      ([place, c]): Mutation =>
        (t) =>
          t.slice(0, place(t)) + c + t.slice(place(t) + 1),
    ),
    fc.tuple(at, character).map(
      ([place, c]): Mutation =>
        (t) =>
          t.slice(0, place(t)) + c + t.slice(place(t)),
    ),
    character.map(
      (c): Mutation =>
        (t) =>
          t + c,
    ),
    at.map(
      (place): Mutation =>
        (t) =>
          t.slice(0, place(t)) + t.slice(place(t) + 1),
    ),
    fc.tuple(at, at).map(
      ([a, b]): Mutation =>
        (t) =>
          swapped(t, a(t), b(t)),
    ),
    at.map(
      (place): Mutation =>
        (t) =>
          otherCase(t, place(t)),
    ),
  );
}

describe('A token with one character changed, put in or taken out', () => {
  let app: TestApp;
  let token: string;
  const client: ServiceClient = {
    ...{ id: 'id', name: 'a service', audiences: ['countersign'] },
    ...{ createdAt: new Date(0), lastUsedAt: null, revokedAt: null },
  };

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off' } });
    token = tokenFor(app.nest, aPrincipal());
  });
  afterAll(() => app.close());

  async function isLetIn(authorization: string): Promise<boolean> {
    const guard = app.nest.get(AccessTokenGuard, { strict: false });
    const context = new ExecutionContextHost([{ headers: { authorization } }, {}], AccessTokenGuard, guardedRoute);
    try {
      return await guard.canActivate(context);
    } catch (error) {
      expect(error).toMatchObject({ code: 'token_invalid' });
      return false;
    }
  }

  it('is refused, whether or not the whole one was seen just before', async () => {
    await fc.assert(
      fc.asyncProperty(mutationWith(CHARACTERS), fc.boolean(), async (mutate, isWarm) => {
        const mutated = mutate(token);
        fc.pre(mutated !== token);
        if (isWarm) expect(await isLetIn(`Bearer ${token}`)).toBe(true);
        expect(await isLetIn(`Bearer ${mutated}`)).toBe(false);
      }),
      { numRuns: 3000 },
    );
    expect(await isLetIn(`Bearer ${token}`)).toBe(true);
  });

  it('is refused, whichever it is that is missing', async () => {
    expect(await isLetIn(`Bearer ${token}`)).toBe(true);
    for (let at = 0; at < token.length; at++) {
      expect(await isLetIn(`Bearer ${token.slice(0, at)}${token.slice(at + 1)}`)).toBe(false);
    }
  });

  it('is not active, white space included', async () => {
    const introspection = app.nest.get(IntrospectionService, { strict: false });
    await fc.assert(
      fc.asyncProperty(mutationWith([...CHARACTERS, ...SPACES, ...SPACES, ...SPACES]), async (mutate) => {
        const mutated = mutate(token);
        fc.pre(mutated !== token);
        expect(await introspection.introspect(client, token)).toMatchObject({ active: true });
        expect(await introspection.introspect(client, mutated)).toEqual({ active: false });
      }),
      { numRuns: 1000 },
    );
  });

  it('is no MFA token', async () => {
    const ada = await Person.withApp(app);
    await ada.login();
    const mfaTokens = app.nest.get(MfaTokens, { strict: false });
    await fc.assert(
      fc.asyncProperty(mutationWith([...CHARACTERS, ...SPACES]), async (mutate) => {
        const mutated = mutate(ada.mfaToken);
        fc.pre(mutated !== ada.mfaToken);
        await expect(mfaTokens.verify(mutated)).rejects.toMatchObject({ code: 'token_invalid' });
      }),
      { numRuns: 1000 },
    );
    await expect(mfaTokens.verify(ada.mfaToken)).resolves.toMatchObject({ username: ada.username });
  });
});

/** A route without decorators. */
function guardedRoute(): void {
  return;
}

function swapped(text: string, a: number, b: number): string {
  const all = [...text];
  [all[a], all[b]] = [all[b]!, all[a]!];
  return all.join('');
}

function otherCase(text: string, at: number): string {
  const character = text.charAt(at);
  const other = character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase();
  return text.slice(0, at) + other + text.slice(at + 1);
}
