import { Injectable } from '@nestjs/common';
import type { EntityManager, FindOptionsWhere } from 'typeorm';
import { Clock } from '../../platform/clock/clock';
import { isUniqueViolation } from '../../platform/database/is-unique-violation';
import { DomainEvents } from '../../platform/events/domain-events';
import { UserEntity } from './entities/user.entity';
import { foldEmail } from './mailbox';

/** What keeps an address from being verified for two accounts. */
const UNIQUE = {
  EmailVerified: 'uq_users_verified_email',
  EmailChanged: 'uq_users_verified_email',
  PhoneVerified: 'uq_users_verified_phone',
  PhoneChanged: 'uq_users_verified_phone',
} as const;

/** Addresses and numbers that accounts have proven to be their own: each is one account's. */
@Injectable()
export class VerifiedContacts {
  constructor(
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  /** Verifies the address a message went to, if the account still has it and nobody else verified it first. */
  async markEmailVerified(tx: EntityManager, id: string, email: string): Promise<boolean> {
    const change = { email, emailVerifiedAt: this.clock.now() };
    return this.markVerified(tx, { id, emailFolded: foldEmail(email) }, change, 'EmailVerified');
  }

  /** The same for its phone number. @param phone in E.164 */
  async markPhoneVerified(tx: EntityManager, id: string, phone: string): Promise<boolean> {
    return this.markVerified(tx, { id, phone }, { phoneVerifiedAt: this.clock.now() }, 'PhoneVerified');
  }

  /** Gives the account an address that was proven to be its own, in place of the one it has. @returns false when another account has it */
  async takeVerifiedEmail(tx: EntityManager, id: string, email: string): Promise<boolean> {
    const change = { email, emailFolded: foldEmail(email), emailVerifiedAt: this.clock.now() };
    const { emailFolded } = change;
    const isOwn = await tx.existsBy(UserEntity, { id, emailFolded });
    return this.markVerified(tx, { id }, change, isOwn ? 'EmailVerified' : 'EmailChanged');
  }

  /** The same for a phone number. @param phone in E.164 */
  async takeVerifiedPhone(tx: EntityManager, id: string, phone: string): Promise<boolean> {
    const isOwn = await tx.existsBy(UserEntity, { id, phone });
    const change = { phone, phoneVerifiedAt: this.clock.now() };
    return this.markVerified(tx, { id }, change, isOwn ? 'PhoneVerified' : 'PhoneChanged');
  }

  private async markVerified(
    tx: EntityManager,
    where: FindOptionsWhere<UserEntity> & { readonly id: string },
    change: Partial<UserEntity>,
    event: keyof typeof UNIQUE,
  ): Promise<boolean> {
    try {
      // A savepoint: the caller's transaction goes on although the statement failed.
      const { affected } = await tx.transaction((inner) => inner.update(UserEntity, where, change));
      if (affected !== 1) return false;
    } catch (error) {
      if (isUniqueViolation(error, UNIQUE[event])) return false;
      throw error;
    }
    await this.events.publish(tx, event, { userId: where.id });
    return true;
  }
}
