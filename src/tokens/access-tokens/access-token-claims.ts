import { deeplyFrozen, withoutReserved } from '../../access/further-claims';
import { ACR_LADDER, type Acr, type Principal } from '../../access/principal';

/** `typ` of an access token (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** The claims of an access token (RFC 9068 §2.2, RFC 9470 §6.1, RFC 8176), besides `iss` and `aud`. */
export function claimsOf(principal: Principal): Record<string, unknown> {
  return {
    // First, and without reserved names: no further claim speaks for one of ours, not even for one that is left out.
    ...withoutReserved(principal.claims),
    sub: principal.userId,
    client_id: principal.clientId,
    iat: principal.issuedAt,
    nbf: principal.issuedAt,
    exp: principal.expiresAt,
    jti: principal.tokenId,
    sid: principal.sessionId,
    ver: principal.tokenVersion,
    acr: principal.acr,
    amr: principal.amr,
    auth_time: principal.authTime,
    ...(principal.mfaTime !== null && { mfa_time: principal.mfaTime }),
    mfa_enrolled: principal.mfaEnrolled,
    preferred_username: principal.username,
    roles: principal.roles,
    permissions: principal.permissions,
  };
}

/**
 * The principal that verified claims name; undefined when a required claim is missing or of another type. What says how surely
 * the caller is known counts as weakest when it is absent or malformed.
 *
 * @param now seconds since the epoch
 * @param tolerance seconds of leeway for `nbf` and `iat`; `exp` has none
 */
export function principalFrom(claims: unknown, now: number, tolerance: number): Principal | undefined {
  if (typeof claims !== 'object' || claims === null) return undefined;
  const {
    sub,
    client_id,
    iat,
    nbf,
    exp,
    jti,
    sid,
    ver,
    acr,
    amr,
    auth_time,
    mfa_time,
    mfa_enrolled,
    preferred_username,
    roles,
    permissions,
  } = claims as Record<string, unknown>;
  // RFC 9068 §2.2: required claims, each of its own type.
  if (!isText(sub) || !isText(client_id) || !isText(jti) || !isText(sid) || !isText(preferred_username))
    return undefined;
  if (!isTime(iat) || !isTime(nbf) || !isTime(exp) || !isTime(auth_time) || !isTime(ver)) return undefined;
  if (!isTextList(roles) || !isTextList(permissions)) return undefined;
  // RFC 7519 §4.1.4 to 4.1.6.
  if (now >= exp || nbf > now + tolerance || iat > now + tolerance) return undefined;
  const mfaTime = isTime(mfa_time) ? mfa_time : null;
  return Object.freeze({
    userId: sub,
    sessionId: sid,
    username: preferred_username,
    clientId: client_id,
    roles: Object.freeze(roles),
    permissions: Object.freeze(permissions),
    acr: isAcr(acr) && mfaTime !== null ? acr : 'aal1',
    amr: Object.freeze(isTextList(amr) ? amr : []),
    authTime: auth_time,
    mfaTime,
    mfaEnrolled: mfa_enrolled === true,
    tokenVersion: ver,
    tokenId: jti,
    issuedAt: iat,
    expiresAt: exp,
    claims: deeplyFrozen(withoutReserved(claims as Record<string, unknown>)),
  });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function isAcr(value: unknown): value is Acr {
  return ACR_LADDER.includes(value as Acr);
}
