import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { randomBytes } from 'node:crypto';
import { NIL } from 'uuid';
import { AccountSettings } from '../../platform/config/settings/account.settings';
import { ServerSettings } from '../../platform/config/settings/server.settings';
import { DomainError } from '../../platform/errors/domain-error';
import { BreachedPasswords } from './breached-passwords';
import { HashQueue } from './hash-queue';
import { PasswordStore, type StoredPassword } from './password.store';
import { normalizePassword, rejectPassword, REJECTION_MESSAGES } from './password-policy';

@Injectable()
export class Passwords implements OnModuleInit {
  readonly queue: HashQueue;
  private decoy = '';

  constructor(
    private readonly stored: PasswordStore,
    private readonly breached: BreachedPasswords,
    private readonly settings: AccountSettings,
    private readonly server: ServerSettings,
  ) {
    this.queue = new HashQueue(settings.hashConcurrency, settings.hashQueue);
  }

  async onModuleInit(): Promise<void> {
    this.decoy = await this.hash(randomBytes(24).toString('base64'));
  }

  /**
   * Outside every transaction: it may ask another service.
   *
   * @param identity username and addresses of the account
   * @param path the field it came in
   * @throws DomainError `password_rejected` with the reason
   */
  async assertAcceptable(password: string, identity: readonly string[], path: string): Promise<void> {
    const reason =
      rejectPassword(password, [...identity, this.server.appName]) ??
      ((await this.breached.has(password)) ? 'breached' : undefined);
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

  /** Before any query for a password that would not be hashed: in a flood most are not. @throws DomainError `service_busy` */
  assertRoom(): void {
    this.queue.assertRoom();
  }

  /**
   * Whether this is the account's password. Takes one hash's time for an account that does not exist, too.
   *
   * @returns undefined when it is not
   * @throws DomainError `service_busy`
   */
  async verify(userId: string | undefined, password: string): Promise<StoredPassword | undefined> {
    // Nobody's id for nobody's account: the same query, too.
    const row = await this.stored.find(userId ?? NIL);
    const matches = await this.queue.run(async () => {
      try {
        return await verify(row?.hash ?? this.decoy, normalizePassword(password));
      } catch {
        return false; // A malformed hash matches nothing.
      }
    });
    return matches && row !== null ? row : undefined;
  }

  /**
   * Changed settings reach an account at its next sign-in. Only once it is decided: the time that this takes would tell that the
   * password of a locked account is right. Too busy for it, the next sign-in does it.
   */
  async renew(verified: StoredPassword, password: string): Promise<void> {
    if (this.hasCurrentParameters(verified.hash) || !this.queue.hasRoom) return;
    await this.stored.rehash(verified, await this.hash(password));
  }

  /** PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
  private hasCurrentParameters(phc: string): boolean {
    const { argon2MemoryKib, argon2Time, argon2Parallelism } = this.settings;
    return phc.startsWith(`$argon2id$v=19$m=${argon2MemoryKib},t=${argon2Time},p=${argon2Parallelism}$`);
  }
}
