import type { DomainAuditEvents } from './domain-audit-events';

/**
 * Every type of event that the service itself records, and what it means; the table in docs/audit.md is made of it. A success
 * unless the description says what a failure is.
 */
export const AUDIT_EVENT_TYPES = {
  'session.login':
    'A sign-in by password or passkey. Failure: `cause` says why; where nobody has that name, it is there as an HMAC only',
  'session.refreshed':
    'A refresh token was used. Failure: a genuine one was refused (`cause`: `reused`, `revoked`, `expired`, `transport`, `superseded`, `account`); a reused one ended the session',
  'session.reauthenticated': 'The password was confirmed in a session. Failure: it was wrong, or locked',
  'session.logout': 'A session was ended by its own token',
  'session.ended':
    'Sessions were ended from the list, by too many wrong passwords, as surplus, or all of them by an operator (`cause`)',
  'session.risk_assessed':
    'A refresh looked as if somebody else had the token (`signals`). `decision` says what came of it. Failure: a second factor was asked for, or the session ended',

  'account.registered': 'Somebody made an account of their own',
  'account.created': 'An administrator made an account. Failure: refused',
  'account.rights_changed': 'An administrator or operator changed roles, permissions or status. Failure: refused',
  'account.deleted': 'An account was deleted, by its owner or an administrator. Failure: refused',
  'account.locked': 'Wrong passwords in a row locked the account, or one known device',
  'account.unlocked': 'An administrator ended its locks. Failure: refused',
  'account.sessions_revoked': 'An administrator or operator ended all its sessions. Failure: refused',
  'account.factors_reset': 'An administrator dropped all its second factors. Failure: refused',
  'account.enrollment_code_made': 'An operator made a code that allows its next factor',
  'account.password_link_sent': 'An administrator had a link sent for a new password. Failure: refused',
  'account.password_chosen': 'The first password was chosen, by a link that an operator handed over',
  'account.password_changed': 'The password was changed by its owner. Failure: the old one was wrong',
  'account.password_reset_requested':
    'Somebody asked for a link to reset the password. Failure: none was sent; where nobody has that name, it is there as an HMAC only',
  'account.password_reset':
    'A new password was set by such a link. Failure: the account is disabled, or has another address by now',
  'account.email_verified': 'The address was confirmed. Failure: the link was not good',
  'account.email_change_requested': 'A change of the address was begun',
  'account.email_changed': 'The address was changed: the new one is confirmed',
  'account.phone_verified': 'The number was confirmed. Failure: a wrong code',
  'account.phone_change_requested': 'A change of the number was begun',
  'account.phone_changed': 'The number was changed: the new one is confirmed',

  'mfa.verified': 'A second factor was shown. Failure: `cause` is `wrong`, `locked`, `compromised` or `expired`',
  'mfa.factor_begun': 'A factor was begun; it counts for nothing until it is proven',
  'mfa.factor_activated': 'A factor was proven and counts from now on. Failure: a wrong first answer',
  'mfa.factor_changed': 'A factor was renamed or preferred',
  'mfa.factor_dropped': 'A factor was dropped by its owner',
  'mfa.factor_locked': 'Wrong attempts in a row locked a factor',
  'mfa.factor_compromised': 'A factor seems to be in the hands of somebody else, and is locked',
  'mfa.recovery_codes_regenerated': 'New recovery codes were made; the old ones are void',

  'role.changed': 'A role was made or its permissions changed. Failure: refused',
  'role.deleted': 'A role was deleted. Failure: refused',

  'client.created': 'An operator made a client for introspection',
  'client.revoked': 'An operator revoked a client',
  'client.authentication_failed': 'A client gave a wrong id or secret at the introspection',

  'signing_keys.prepared': 'The first keys were made, or those that a changed setting asks for',
  'signing_keys.moved_on': 'Keys moved on by time',
  'signing_keys.rotated': 'An operator had the next key sign',
  'signing_keys.compromised': 'An operator refused the keys that have signed, and their tokens',

  'audit.removed': 'Retention removed events',
} as const;

/** A type that is described somewhere: one that is not does not compile. */
export type AuditEventType = keyof typeof AUDIT_EVENT_TYPES | keyof DomainAuditEvents;
