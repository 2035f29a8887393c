/** Not enumerable, and no string: no serializer, logger or copy takes it along. Where nobody looks for it, it is lost. */
const COOKIE = Symbol('refresh cookie');

interface Carrier {
  readonly [COOKIE]?: string;
}

/** Lets an answer carry the `Set-Cookie` that goes with it, out of its body. */
export function carryRefreshCookie<T extends object>(answer: T, setCookie: string): T {
  return Object.defineProperty(answer, COOKIE, { value: setCookie });
}

/** The `Set-Cookie` of an `AuthResult`, or of an answer that has one as `auth`. */
export function refreshCookieOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  return (answer as Carrier)[COOKIE] ?? ('auth' in answer ? refreshCookieOf(answer.auth) : undefined);
}
