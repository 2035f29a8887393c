import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import * as crypto from 'node:crypto';
import type { Principal } from '../../access/principal';

interface VerifiedToken {
  readonly kid: string;
  readonly principal: Principal;
}

/** The SHA-256 of an `Authorization` header, a character a byte. */
export type TokenDigest = string & { readonly [DIGEST]: never };
declare const DIGEST: unique symbol;

const MAX_TOKENS = 20_000;

/**
 * Access tokens whose signature was verified, so that each is verified once. Whoever finds one still has to check its time, its
 * key and its revocation. Keyed by the SHA-256 of the whole `Authorization` header, so that nothing is parsed to find one, the
 * same signature under other claims is another key, and no token lies in the cache.
 *
 * In front of it stands what each open connection showed last: a client that keeps its connection sends the same header again,
 * and comparing it costs a fraction of its digest. That header is kept until another follows, or the connection ends.
 */
@Injectable()
export class VerifiedTokenCache {
  private readonly tokens = new LRUCache<TokenDigest, VerifiedToken>({ max: MAX_TOKENS });
  private readonly latest = new WeakMap<object, { readonly authorization: string; readonly token: VerifiedToken }>();

  /** The token of this very header, if it is also what the connection showed last. */
  findLatest(connection: object, authorization: string): VerifiedToken | undefined {
    const latest = this.latest.get(connection);
    return latest?.authorization === authorization ? latest.token : undefined;
  }

  rememberLatest(connection: object, authorization: string, token: VerifiedToken): void {
    this.latest.set(connection, { authorization, token });
  }

  /** The name of a token in here: made once a request, since it costs as much as all the rest of a hit. */
  keyOf(authorization: string): TokenDigest {
    // One call instead of three objects; there since Node 20.12.
    return crypto.hash('sha256', authorization, 'binary') as TokenDigest;
  }

  find(key: TokenDigest): VerifiedToken | undefined {
    return this.tokens.get(key);
  }

  remember(key: TokenDigest, verified: VerifiedToken): void {
    this.tokens.set(key, verified);
  }
}
