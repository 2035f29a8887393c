import type { Principal } from './principal';

/** Makes access tokens from principals. A port: `tokens/` signs them, `access/testing` asks for them. */
export abstract class AccessTokenMinter {
  /** @returns a compact JWS, `typ: at+jwt` (RFC 9068) */
  abstract mint(principal: Principal): string;
}
