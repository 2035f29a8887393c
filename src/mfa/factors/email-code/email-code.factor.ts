import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AccountContact } from '../../../users/accounts/account';
import { foldEmail, mailboxOf } from '../../../users/accounts/mailbox';
import { SentCodeFactor } from '../codes/sent-code.factor';
import type { FactorRecord } from '../factor';
import type { EnrollmentRequest } from '../mfa-factor';
import { maskEmail } from './mask-email';

/** A code by e-mail. Worth no more than the mailbox, which also resets the password: docs/adr/0008. */
@Injectable()
export class EmailCodeFactor extends SentCodeFactor {
  override readonly type = 'email';
  // RFC 8176 has no value for it: a private name.
  override readonly amr = ['email'];
  override readonly defaultName = 'E-mail';
  protected override readonly channel = 'email';
  protected override readonly field = 'email';

  override mailboxOf({ destination }: Pick<FactorRecord, 'destination'>): string | undefined {
    return destination === null ? undefined : this.fold(destination);
  }

  protected override destinationOf({ email }: EnrollmentRequest, account: AccountContact): string {
    const chosen = email ?? account.email;
    if (chosen === null) throw this.unfit('required', 'email is needed: the account has no address of its own');
    // The account's own, also where its case differs. Not where more does: another mailbox might be meant.
    return chosen.toLowerCase() === account.email?.toLowerCase() ? account.email : chosen;
  }

  protected override fold(destination: string): string {
    return foldEmail(destination);
  }

  /** Without a tag: `ada+1@…` and `ada+2@…` are one mailbox nearly everywhere. */
  protected override countedAs(destination: string): string {
    return mailboxOf(destination);
  }

  protected override mask(destination: string): string {
    return maskEmail(destination);
  }

  protected override isUnverifiedOwn({ email, emailVerified }: AccountContact, destination: string): boolean {
    return email === destination && !emailVerified;
  }

  protected override markVerified(tx: EntityManager, userId: string, destination: string): Promise<boolean> {
    return this.contacts.markEmailVerified(tx, userId, destination);
  }
}
