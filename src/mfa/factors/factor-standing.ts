import { DomainError } from '../../platform/errors/domain-error';
import { mailboxOf } from '../../users/accounts/mailbox';
import type { FactorRecord } from './factor';
import type { MfaFactor } from './mfa-factor';

/**
 * Whether a factor counts now: `switched_off` by `MFA_FACTORS`, or `reset_mailbox`, since whoever reads that mailbox has chosen
 * the password, and passing it again would prove nothing more.
 */
export type FactorStanding = 'counts' | 'switched_off' | 'reset_mailbox';

/**
 * @param plugin undefined where its kind is switched off
 * @param recoveredMailbox that of the last password reset by e-mail; null once an independent factor was verified
 */
export function standingOf(
  factor: Pick<FactorRecord, 'destination'>,
  plugin: Pick<MfaFactor, 'mailboxOf'> | undefined,
  recoveredMailbox: string | null,
): FactorStanding {
  if (plugin === undefined) return 'switched_off';
  const address = recoveredMailbox === null ? undefined : plugin.mailboxOf(factor);
  return address !== undefined && mailboxOf(address) === recoveredMailbox ? 'reset_mailbox' : 'counts';
}

const DETAILS: Readonly<Record<Exclude<FactorStanding, 'counts'>, string>> = {
  switched_off: 'Factors of this kind are switched off here. Use another factor, or ask an administrator.',
  reset_mailbox:
    'This mailbox reset the password, so it is no second factor until another factor or a recovery code was verified.',
};

/** @throws DomainError `forbidden` in plain words, for a factor that does not count now */
export function assertCounts(standing: FactorStanding): void {
  if (standing !== 'counts') throw new DomainError('forbidden', { detail: DETAILS[standing] });
}
