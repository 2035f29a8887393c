import { Injectable } from '@nestjs/common';
import { DataSource, type FindOptionsWhere, In, LessThan, Like } from 'typeorm';
import type { AdministeredAccount } from './account';
import { toProfile } from './accounts.store';
import { LastSignInEntity } from './entities/last-sign-in.entity';
import { UserEntity } from './entities/user.entity';
import { foldEmail } from './mailbox';
import { foldUsername } from './username';

export interface DirectoryQuery {
  /** A part of the username or of an address, verified or not. */
  readonly search?: string | undefined;
  /** Ids below this one only. */
  readonly before: string | undefined;
  readonly take: number;
}

/** The accounts as administrators look through them. */
@Injectable()
export class AccountDirectory {
  constructor(private readonly dataSource: DataSource) {}

  /** Newest first. */
  async list({ search, before, take }: DirectoryQuery): Promise<AdministeredAccount[]> {
    const page: FindOptionsWhere<UserEntity> = before === undefined ? {} : { id: LessThan(before) };
    const where = search === undefined ? page : matching(search).map((match) => ({ ...match, ...page }));
    const rows = await this.dataSource.getRepository(UserEntity).find({ where, order: { id: 'DESC' }, take });
    return this.withSignIns(rows);
  }

  async find(id: string): Promise<AdministeredAccount | undefined> {
    const rows = await this.dataSource.getRepository(UserEntity).findBy({ id });
    return (await this.withSignIns(rows))[0];
  }

  private async withSignIns(rows: readonly UserEntity[]): Promise<AdministeredAccount[]> {
    const userId = In(rows.map(({ id }) => id));
    const signIns = await this.dataSource.getRepository(LastSignInEntity).findBy({ userId });
    const times = new Map(signIns.map(({ userId: id, at }) => [id, at]));
    return rows.map((row) => ({ ...toProfile(row), status: row.status, lastSignInAt: times.get(row.id) ?? null }));
  }
}

function matching(text: string): FindOptionsWhere<UserEntity>[] {
  return [
    { usernameFolded: Like(containing(foldUsername(text))) },
    { emailFolded: Like(containing(foldEmail(text))) },
    { phone: Like(containing(text)) },
  ];
}

/** A pattern of LIKE in which nothing that was typed is a wildcard. */
function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}
