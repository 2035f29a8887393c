import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AccountContact } from '../../../users/accounts/account';
import { SentCodeFactor } from '../codes/sent-code.factor';
import type { EnrollmentRequest } from '../mfa-factor';
import { maskPhoneNumber, parseMobileNumber } from './mobile-number';

/**
 * A code by SMS. Worth little: the number can be ported to another SIM, the message read on the way (NIST SP 800-63B-4 §3.1.3.3).
 * So `MFA_FACTORS` must offer a stronger factor beside it.
 */
@Injectable()
export class SmsCodeFactor extends SentCodeFactor {
  override readonly type = 'sms';
  override readonly amr = ['sms'];
  override readonly defaultName = 'SMS';
  protected override readonly channel = 'sms';
  protected override readonly field = 'phone';

  protected override destinationOf({ phone }: EnrollmentRequest, account: AccountContact): string {
    const chosen = phone ?? account.phone;
    if (chosen === null) throw this.unfit('required', 'phone is needed: the account has no number of its own');
    const number = parseMobileNumber(chosen);
    if (number !== undefined) return number;
    throw this.unfit(
      'is_mobile_number',
      'phone must be a mobile number with its country code, like +49 151 12345678; no other can receive an SMS',
    );
  }

  protected override fold(destination: string): string {
    return destination;
  }

  protected override mask(destination: string): string {
    return maskPhoneNumber(destination);
  }

  protected override isUnverifiedOwn({ phone, phoneVerified }: AccountContact, destination: string): boolean {
    return phone === destination && !phoneVerified;
  }

  protected override markVerified(tx: EntityManager, userId: string, destination: string): Promise<boolean> {
    return this.contacts.markPhoneVerified(tx, userId, destination);
  }
}
