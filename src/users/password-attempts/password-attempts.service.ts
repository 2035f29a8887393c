import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NIL } from 'uuid';
import { AuditLog } from '../../platform/audit/audit-log';
import { afterCommit, Transactions } from '../../platform/database/transactions';
import { type Counter, Metrics } from '../../platform/metrics/metrics';
import type { PasswordProof } from '../passwords/password.store';
import { Passwords } from '../passwords/passwords.service';
import { KnownDevices } from './known-devices';
import { PasswordCountStore } from './password-count.store';

export interface ShownPassword {
  /** Undefined where nobody has that name. */
  readonly userId: string | undefined;
  readonly password: string;
  /** What the client calls its device by. */
  readonly deviceToken?: string | undefined;
  readonly ip: string;
}

export type PasswordAttempt =
  | { readonly verdict: 'right'; readonly proof: PasswordProof; readonly isKnownDevice: boolean }
  | { readonly verdict: 'wrong' }
  /** Whatever the password was. */
  | { readonly verdict: 'locked' };

/**
 * Every check of an account's password: sign-in, reauthentication, change of the password. All of them share one count, and
 * after too many wrong ones in a row none is right for a growing while.
 */
@Injectable()
export class PasswordAttempts {
  private readonly attempts: Counter<{ outcome: PasswordAttempt['verdict'] }>;

  constructor(
    private readonly transactions: Transactions,
    private readonly passwords: Passwords,
    private readonly counts: PasswordCountStore,
    private readonly devices: KnownDevices,
    private readonly audit: AuditLog,
    metrics: Metrics,
  ) {
    this.attempts = metrics.counter({
      name: 'countersign_password_attempts_total',
      help: 'Passwords shown, by outcome; `locked` means that the account or the known device took none.',
      labels: ['outcome'],
    });
  }

  /** @throws DomainError `service_busy` when no password would be looked at, whoever is named */
  assertRoom(): void {
    this.passwords.assertRoom();
  }

  /**
   * The same queries and one hash, whether the account exists, is locked, or has another password. The password is compared
   * before the try is counted, and only the count decides: so of many tries at once no more than the limit learn anything,
   * and right ones at the same time do not lock each other out.
   *
   * @throws DomainError `service_busy`; nothing is counted then
   */
  async verify({ userId, password, deviceToken, ip }: ShownPassword): Promise<PasswordAttempt> {
    const deviceId = deviceToken === undefined ? undefined : await this.devices.find(userId, deviceToken);
    const verified = await this.passwords.verify(userId, password);
    const proof = verified && { userId: verified.userId, version: verified.version };
    const decided = await this.transactions.run(async (tx) => {
      const attempt = await this.count(tx, userId, deviceId, proof, ip);
      afterCommit(tx, () => {
        this.attempts.add({ outcome: attempt.verdict });
      });
      return attempt;
    });
    if (verified !== undefined && decided.verdict === 'right') await this.passwords.renew(verified, password);
    return decided;
  }

  private async count(
    tx: EntityManager,
    userId: string | undefined,
    deviceId: string | undefined,
    proof: PasswordProof | undefined,
    ip: string,
  ): Promise<PasswordAttempt> {
    const isRight = proof !== undefined;
    // Nobody's id for nobody's account: the same statement, too.
    const counted =
      deviceId === undefined
        ? await this.counts.countOnAccount(tx, userId ?? NIL, isRight)
        : await this.counts.countOnDevice(tx, deviceId, isRight);
    if (userId === undefined) return { verdict: 'wrong' };
    if (counted === undefined) return { verdict: 'locked' };
    if (counted.lockedUntil !== null) {
      await this.audit.record(tx, {
        type: 'account.locked',
        outcome: 'success',
        subjectId: userId,
        ip,
        details: {
          what: deviceId === undefined ? 'account' : 'device',
          failures: counted.failures,
          until: counted.lockedUntil.toISOString(),
        },
      });
    }
    return isRight ? { verdict: 'right', proof, isKnownDevice: deviceId !== undefined } : { verdict: 'wrong' };
  }
}
