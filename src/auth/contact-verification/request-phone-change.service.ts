import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal';
import { parseMobileNumber } from '../../mfa/factors/sms-code/mobile-number';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import { DomainError } from '../../platform/errors/domain-error';
import type { ClientInfo } from '../../platform/http/client-info';
import { Notices } from '../../users/notices/notices';
import { ContactChange } from './contact-change';
import { PhoneVerificationCode } from './phone-verification-code';

@Injectable()
export class RequestPhoneChangeService {
  constructor(
    private readonly transactions: Transactions,
    private readonly change: ContactChange,
    private readonly code: PhoneVerificationCode,
    private readonly notices: Notices,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Sends a code to the new number and tells the owner. The account has its old number until the new one is confirmed.
   *
   * @throws DomainError `validation_failed`, `rate_limited`, `delivery_failed`, `token_invalid`, `not_found`, or the step-up
   */
  async request(principal: Principal, text: string, { ip, acceptLanguage }: ClientInfo): Promise<void> {
    const { userId, sessionId } = principal;
    const phone = parseMobileNumber(text);
    if (phone === undefined) throw notMobile();
    await this.transactions.run(async (tx) => {
      const account = await this.change.begin(tx, principal);
      await this.code.send(tx, account, phone, acceptLanguage);
      await this.notices.send(tx, userId, { kind: 'phone-change-requested' });
      const type = 'account.phone_change_requested';
      await this.audit.record(tx, { type, outcome: 'success', actorId: userId, sessionId, ip });
    });
  }
}

function notMobile(): DomainError {
  const message = 'phone must be a mobile number with its country code, like +49 151 12345678';
  return new DomainError('validation_failed', { errors: [{ path: 'phone', code: 'is_mobile_number', message }] });
}
