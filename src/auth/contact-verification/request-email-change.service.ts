import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal';
import { AuditLog } from '../../platform/audit/audit-log';
import { Transactions } from '../../platform/database/transactions';
import type { ClientInfo } from '../../platform/http/client-info';
import { Notices } from '../../users/notices/notices';
import { ContactChange } from './contact-change';
import { EmailVerificationLink } from './email-verification-link';

@Injectable()
export class RequestEmailChangeService {
  constructor(
    private readonly transactions: Transactions,
    private readonly change: ContactChange,
    private readonly link: EmailVerificationLink,
    private readonly notices: Notices,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Sends a link to the new address and tells the old one. The account has its old address until the new one is confirmed.
   *
   * @throws DomainError `rate_limited`, `token_invalid`, `not_found`, or the step-up that is missing
   */
  async request(principal: Principal, email: string, { ip, acceptLanguage }: ClientInfo): Promise<void> {
    const { userId, sessionId } = principal;
    await this.transactions.run(async (tx) => {
      const account = await this.change.begin(tx, principal);
      await this.link.send(tx, account, email, acceptLanguage);
      await this.notices.send(tx, userId, { kind: 'email-change-requested' });
      const type = 'account.email_change_requested';
      await this.audit.record(tx, { type, outcome: 'success', actorId: userId, sessionId, ip });
    });
  }
}
