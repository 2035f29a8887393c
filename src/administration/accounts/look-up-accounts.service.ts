import { Injectable } from '@nestjs/common';
import { FactorAdministration } from '../../mfa/factor-administration';
import { Clock } from '../../platform/clock/clock';
import { DomainError } from '../../platform/errors/domain-error';
import { DEFAULT_LIMIT, idOfCursor, pageOf } from '../../platform/http/page.dto';
import type { AdministeredAccount } from '../../users/accounts/account';
import { AccountDirectory } from '../../users/accounts/account-directory.store';
import { PasswordCountStore } from '../../users/password-attempts/password-count.store';
import { toUserDto } from '../../users/profile/dto/user.dto';
import type {
  AccountQueryDto,
  AdministeredAccountDto,
  AdministeredAccountPageDto,
} from './dto/administered-account.dto';

@Injectable()
export class LookUpAccountsService {
  constructor(
    private readonly directory: AccountDirectory,
    private readonly factors: FactorAdministration,
    private readonly passwords: PasswordCountStore,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `validation_failed` for a cursor of somebody's making */
  async list({ search, cursor, limit = DEFAULT_LIMIT }: AccountQueryDto): Promise<AdministeredAccountPageDto> {
    const before = cursor === undefined ? undefined : idOfCursor(cursor);
    const rows = await this.directory.list({ search, before, take: limit + 1 });
    const { items, nextCursor } = pageOf(rows, limit);
    return { items: await this.toDtos(items), nextCursor };
  }

  /** @throws DomainError `not_found` */
  async find(id: string): Promise<AdministeredAccountDto> {
    const account = await this.directory.find(id);
    const [dto] = account ? await this.toDtos([account]) : [];
    if (dto === undefined) throw new DomainError('not_found', { detail: 'No such account.' });
    return dto;
  }

  private async toDtos(accounts: readonly AdministeredAccount[]): Promise<AdministeredAccountDto[]> {
    const ids = accounts.map(({ id }) => id);
    const overviewOf = await this.factors.overviewOf(ids);
    const passwordLocks = await this.passwords.locksOf(ids);
    const now = this.clock.now();
    return accounts.map((account) => {
      const { factors, lockedUntil } = overviewOf(account.id);
      const locks = [lockedUntil, passwordLocks.get(account.id)].filter((lock) => lock && lock > now);
      const times = locks.map((lock) => lock?.getTime() ?? 0);
      return {
        ...toUserDto(account),
        status: account.status,
        factors: [...factors],
        lastLoginAt: account.lastSignInAt,
        lockedUntil: times.length > 0 ? new Date(Math.max(...times)) : null,
      };
    });
  }
}
