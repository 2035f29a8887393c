import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL } from 'uuid';
import { Clock } from '../../platform/clock/clock';
import { AccountSettings } from '../../platform/config/settings/account.settings';
import { ServerSettings } from '../../platform/config/settings/server.settings';
import { DomainError } from '../../platform/errors/domain-error';
import { HashQueue } from './hash-queue';
import { PasswordEntity } from './entities/password.entity';
import { normalizePassword, rejectPassword, REJECTION_MESSAGES } from './password-policy';

@Injectable()
export class Passwords implements OnModuleInit {
  private readonly queue: HashQueue;
  private decoy = '';

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly settings: AccountSettings,
    private readonly server: ServerSettings,
  ) {
    this.queue = new HashQueue(settings.hashConcurrency, settings.hashQueue);
  }

  async onModuleInit(): Promise<void> {
    this.decoy = await this.hash(randomBytes(24).toString('base64'));
  }

  /**
   * @param identity username and addresses of the account
   * @throws DomainError `password_rejected` with the reason
   */
  assertAcceptable(password: string, identity: readonly string[], path: string): void {
    const reason = rejectPassword(password, [...identity, this.server.appName]);
    if (reason === undefined) return;
    throw new DomainError('password_rejected', {
      detail: REJECTION_MESSAGES[reason],
      errors: [{ path, code: reason, message: REJECTION_MESSAGES[reason] }],
    });
  }

  /** @returns argon2id in PHC string format. @throws DomainError `service_busy` */
  hash(password: string): Promise<string> {
    const { argon2MemoryKib: memoryCost, argon2Time: timeCost, argon2Parallelism: parallelism } = this.settings;
    // The library's default algorithm is argon2id.
    return this.queue.run(() => hash(normalizePassword(password), { memoryCost, timeCost, parallelism }));
  }

  async store(tx: EntityManager, userId: string, hashed: string): Promise<void> {
    await tx.insert(PasswordEntity, { userId, hash: hashed, changedAt: this.clock.now() });
  }

  /**
   * Whether this is the account's password. Takes one hash's time for an account that does not exist, too.
   *
   * @throws DomainError `service_busy`
   */
  async verify(userId: string | undefined, password: string): Promise<boolean> {
    // Nobody's id for nobody's account: the same query, too.
    const row = await this.dataSource.getRepository(PasswordEntity).findOneBy({ userId: userId ?? NIL });
    const matches = await this.queue.run(async () => {
      try {
        return await verify(row?.hash ?? this.decoy, normalizePassword(password));
      } catch {
        return false; // A malformed hash matches nothing.
      }
    });
    if (!matches || row === null) return false;
    if (!this.hasCurrentParameters(row.hash)) await this.rehash(row, password);
    return true;
  }

  /** PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
  private hasCurrentParameters(phc: string): boolean {
    const { argon2MemoryKib, argon2Time, argon2Parallelism } = this.settings;
    return phc.startsWith(`$argon2id$v=19$m=${argon2MemoryKib},t=${argon2Time},p=${argon2Parallelism}$`);
  }

  /** Changed settings reach an account at its next login; a password that was changed meanwhile stays. */
  private async rehash({ userId, hash: old }: PasswordEntity, password: string): Promise<void> {
    await this.dataSource
      .getRepository(PasswordEntity)
      .update({ userId, hash: old }, { hash: await this.hash(password) });
  }
}
