/** RFC 7662 §2.2. What a token that is not active is, nobody learns. */
export type IntrospectionAnswer = { readonly active: false } | ActiveAnswer;

type ActiveAnswer = { readonly active: true } & Readonly<Record<string, unknown>>;

export const INACTIVE: IntrospectionAnswer = Object.freeze({ active: false });

/**
 * What a client learns of a live token: all its claims, which whoever holds it can read as well, under the names of RFC 7662
 * §2.2 and RFC 9470 §6.2.
 */
export function activeAnswer(claims: Readonly<Record<string, unknown>>): ActiveAnswer {
  // What the answer says itself stands last: no claim can speak for it.
  return { ...claims, username: claims['preferred_username'], token_type: 'Bearer', active: true };
}

/** Whether one of a token's audiences is one of these. @param aud text or a list, RFC 7519 §4.1.3 */
export function isForOneOf(audiences: readonly string[], aud: unknown): boolean {
  return [aud].flat().some((each) => typeof each === 'string' && audiences.includes(each));
}
