/**
 * Every event by its name, with what it says: ids and states, never a secret, a name or an address, so that nothing of a deleted
 * account stays behind in the outbox. SemVer covers these; a later version may say more.
 *
 * A module adds events of its own by declaration merging.
 *
 * @example
 * declare module '../../platform/events/domain-event' {
 *   interface EventPayloads {
 *     PayoutApproved: { readonly payoutId: string };
 *   }
 * }
 */
export interface EventPayloads {
  UserRegistered: { readonly userId: string };
  /** Its sessions, factors and roles went with it: no other event tells that. */
  UserDeleted: { readonly userId: string };
  UserDisabled: { readonly userId: string };
  UserEnabled: { readonly userId: string };
  /** The roles that the account has from now on. */
  RolesChanged: { readonly userId: string; readonly roles: readonly string[] };
  /** By its owner, who knew the old one, or by a link in a mail. The first password of an account is no change. */
  PasswordChanged: { readonly userId: string; readonly by: 'owner' | 'recovery' };
  /** The address that the account already had. */
  EmailVerified: { readonly userId: string };
  PhoneVerified: { readonly userId: string };
  /** Another address, verified, took the place of the one it had; or it had none. */
  EmailChanged: { readonly userId: string };
  PhoneChanged: { readonly userId: string };
  /** `type` is the factor's, e.g. `totp`. */
  FactorActivated: { readonly userId: string; readonly factorId: string; readonly type: string };
  FactorDropped: { readonly userId: string; readonly factorId: string; readonly type: string };
  /** One that had given an access token, and did not merely run out. `reason` as in the audit log, e.g. `logout`, `reuse`. */
  SessionEnded: { readonly userId: string; readonly sessionId: string; readonly reason: string };
}

export type EventName = keyof EventPayloads;

/** An event as its handlers get it. */
export interface DomainEvent<Name extends EventName = EventName> {
  /** The same whenever it is handed over: a handler tells doubles by it. UUIDv7. */
  readonly id: string;
  readonly name: Name;
  /** When the change was made. Events come in no certain order. */
  readonly occurredAt: Date;
  readonly payload: EventPayloads[Name];
}
