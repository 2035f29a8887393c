import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull } from 'typeorm';
import { ADMIN_ROLE } from '../../access/access-catalogue';
import { Clock } from '../../platform/clock/clock';
import { returnedRows } from '../../platform/database/returned-rows';
import { DomainEvents } from '../../platform/events/domain-events';
import { DomainError } from '../../platform/errors/domain-error';
import { UserEntity } from '../accounts/entities/user.entity';
import { RoleEntity } from './entities/role.entity';
import type { ChangedRights, Role } from './role';

/** Roles, who holds them, and that one change of rights follows the other. */
@Injectable()
export class RoleStore {
  constructor(
    private readonly clock: Clock,
    private readonly events: DomainEvents,
  ) {}

  /**
   * Lets nobody else change rights, by roles or by accounts, until the end of the transaction. Comes before every lock on an
   * account: of two administrators who take each other's role away, the second finds that it has none.
   */
  async lockRights(tx: EntityManager): Promise<void> {
    await tx.findOne(RoleEntity, { where: { name: ADMIN_ROLE }, lock: { mode: 'pessimistic_write' } });
  }

  async list(tx: EntityManager): Promise<Role[]> {
    const rows = await tx.find(RoleEntity, { where: { deletedAt: IsNull() }, order: { name: 'ASC' } });
    return rows.map(({ name, permissions }) => ({ name, permissions }));
  }

  async find(tx: EntityManager, name: string): Promise<Role | undefined> {
    return (await this.findAll(tx, [name]))[0];
  }

  /** Those of the names that there are. */
  async findAll(tx: EntityManager, names: readonly string[]): Promise<Role[]> {
    const rows = await tx.findBy(RoleEntity, { name: In(names), deletedAt: IsNull() });
    return rows.map(({ name, permissions }) => ({ name, permissions }));
  }

  /** Makes a role or changes it; seeding leaves it alone from then on. */
  async put(tx: EntityManager, { name, permissions }: Role): Promise<void> {
    const row = { name, permissions: [...permissions], changedByAdministrator: true, deletedAt: null };
    await tx.upsert(RoleEntity, row, ['name']);
  }

  /** Deletes a role; seeding does not bring it back. @returns whether there was one */
  async delete(tx: EntityManager, name: string): Promise<boolean> {
    const gone = { permissions: [], changedByAdministrator: true, deletedAt: this.clock.now() };
    return (await tx.update(RoleEntity, { name, deletedAt: IsNull() }, gone)).affected === 1;
  }

  /** Outdates every access token of the accounts that hold the role. */
  async outdateHolders(tx: EntityManager, name: string): Promise<ChangedRights[]> {
    return rightsOf(await this.changeHolders(tx, name, {}));
  }

  /** Takes the role from every account that holds it, and outdates their access tokens. */
  async takeFromHolders(tx: EntityManager, name: string): Promise<ChangedRights[]> {
    const holders = await this.changeHolders(tx, name, { roles: () => 'array_remove(roles, :name)' });
    const payloads = holders.map(({ id, roles }) => ({ userId: id, roles }));
    await this.events.publishAll(tx, 'RolesChanged', payloads);
    return rightsOf(holders);
  }

  /** @throws DomainError `last_administrator` when there is nobody else */
  async assertOtherAdministrator(tx: EntityManager, than: string): Promise<void> {
    if (await this.hasOtherAdministrator(tx, than)) return;
    throw new DomainError('last_administrator', {
      detail: 'This is the last administrator. Make another account one first.',
    });
  }

  /** Whether somebody else has the role `admin` and may sign in. */
  async hasOtherAdministrator(tx: EntityManager, than: string): Promise<boolean> {
    return tx
      .createQueryBuilder(UserEntity, 'u')
      .where(`:admin = ANY(u.roles) AND u.status = 'active' AND u.id <> :than`, { admin: ADMIN_ROLE, than })
      .getExists();
  }

  private async changeHolders(
    tx: EntityManager,
    name: string,
    change: { readonly roles?: () => string },
  ): Promise<Holder[]> {
    const changed = await tx
      .createQueryBuilder()
      .update(UserEntity)
      .set({ ...change, tokenVersion: () => 'token_version + 1' })
      .where(':name = ANY(roles)', { name })
      .returning('id, token_version, roles')
      .execute();
    return returnedRows<Holder>(changed);
  }
}

interface Holder {
  readonly id: string;
  readonly token_version: number;
  readonly roles: string[];
}

function rightsOf(holders: readonly Holder[]): ChangedRights[] {
  return holders.map(({ id, token_version: tokenVersion }) => ({ userId: id, tokenVersion }));
}
