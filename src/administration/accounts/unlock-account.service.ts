import { Injectable } from '@nestjs/common';
import { FactorAdministration } from '../../mfa/factor-administration';
import { PasswordCountStore } from '../../users/password-attempts/password-count.store';
import { type ActingCaller, AdministrativeActs } from '../acts/administrative-acts';

@Injectable()
export class UnlockAccountService {
  constructor(
    private readonly acts: AdministrativeActs,
    private readonly factors: FactorAdministration,
    private readonly passwords: PasswordCountStore,
  ) {}

  /** Forgives wrong passwords and wrong attempts at factors, and the locks they led to. @throws DomainError `not_found`, `forbidden`, `token_invalid` */
  async unlock(by: ActingCaller, userId: string): Promise<void> {
    await this.acts.onAccount(by, {
      userId,
      type: 'account.unlocked',
      act: async (tx) => (await this.factors.unlock(tx, userId)) + (await this.passwords.unlock(tx, userId)),
    });
  }
}
