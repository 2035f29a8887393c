import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { NIL } from 'uuid';
import { AuditLog } from '../../platform/audit/audit-log';
import { MacKeys } from '../../platform/crypto/mac-keys';
import { Transactions } from '../../platform/database/transactions';
import type { ClientInfo } from '../../platform/http/client-info';
import { Accounts } from '../../users/accounts/accounts.store';
import { PasswordResetLink } from '../../users/passwords/password-reset-link';
import { PasswordResetMails } from '../../users/passwords/password-reset-mails';
import { AfterAnswerQueue } from './after-answer-queue';

const MOST_WAITING = 1000;

/** Sends a link to choose a new password to whoever forgot theirs. The request itself changes nothing. */
@Injectable()
export class RequestPasswordResetService implements OnApplicationShutdown {
  private readonly logger = new Logger(RequestPasswordResetService.name);
  private readonly queue = new AfterAnswerQueue(MOST_WAITING, (error) => {
    this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  });

  constructor(
    private readonly transactions: Transactions,
    private readonly accounts: Accounts,
    private readonly mails: PasswordResetMails,
    private readonly link: PasswordResetLink,
    private readonly audit: AuditLog,
    private readonly macKeys: MacKeys,
  ) {}

  /**
   * Asks for a link, and returns before anything is looked up: neither the answer nor its time tells what came of it.
   *
   * @throws DomainError `service_busy`, whoever is named
   */
  request(identifier: string, client: ClientInfo): void {
    this.queue.add(() => this.send(identifier, client));
  }

  /** After the last answer, and before the database goes: modules end before those that they stand on. */
  async onApplicationShutdown(): Promise<void> {
    await this.queue.drained();
  }

  private async send(identifier: string, { ip, acceptLanguage }: ClientInfo): Promise<void> {
    const userId = await this.accounts.findIdByIdentifier(identifier);
    await this.transactions.run(async (tx) => {
      // Nobody's id for nobody's account: the same statement, too.
      const recipient = await this.mails.count(tx, userId ?? NIL);
      if (userId !== undefined && recipient) await this.link.send(tx, userId, recipient, acceptLanguage);
      await this.audit.record(tx, {
        type: 'account.password_reset_requested',
        outcome: recipient ? 'success' : 'failure',
        ip,
        ...(userId !== undefined && { subjectId: userId }),
        // By HMAC only: people type their password where the name belongs.
        ...(userId === undefined && {
          details: { identifierMac: this.macKeys.sign('audit', identifier).digest.toString('base64url') },
        }),
      });
    });
  }
}
