import { Injectable } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import type { AccountProfile } from '../accounts/account';
import { Accounts } from '../accounts/accounts.store';
import type { UpdateProfileDto } from './dto/user.dto';

@Injectable()
export class ProfileService {
  constructor(private readonly accounts: Accounts) {}

  /** @throws DomainError `not_found` when the account is gone and its token lives on */
  async profile(userId: string): Promise<AccountProfile> {
    const account = await this.accounts.findProfile(userId);
    if (account === undefined) throw new DomainError('not_found');
    return account;
  }

  async update(userId: string, change: UpdateProfileDto): Promise<AccountProfile> {
    await this.accounts.updateProfile(userId, change);
    return this.profile(userId);
  }
}
