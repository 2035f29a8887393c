import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AccessCatalogue, ADMIN_ROLE } from '../../access/access-catalogue';
import { DomainError, type FieldError } from '../../platform/errors/domain-error';
import { RevocationLog } from '../../tokens/revocation/revocation-log';
import { Accounts } from '../../users/accounts/accounts.store';
import type { Role } from '../../users/roles/role';
import { isRoleName } from '../../users/roles/role-name';
import { RoleStore } from '../../users/roles/role.store';
import { type ActingCaller, AdministrativeActs, assertIncludes } from '../acts/administrative-acts';
import type { Actor } from '../acts/authority';

/** Roles that the service itself speaks of. */
const BUILT_IN: readonly string[] = ['user', ADMIN_ROLE, 'auditor'];

/** Roles as administrators change them. Whoever holds one that changes needs new tokens. */
@Injectable()
export class RolesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly acts: AdministrativeActs,
    private readonly roles: RoleStore,
    private readonly accounts: Accounts,
    private readonly catalogue: AccessCatalogue,
    private readonly revocations: RevocationLog,
  ) {}

  /** By name. There are never more than a few. */
  async list(): Promise<Role[]> {
    return this.roles.list(this.dataSource.manager);
  }

  /** @throws DomainError `validation_failed`, `forbidden`, `token_invalid` */
  async put(by: ActingCaller, name: string, wanted: readonly string[]): Promise<Role> {
    assertRoleName(name);
    const role = { name, permissions: [...wanted].sort() };
    await this.acts.run(
      by,
      { type: 'role.changed', details: { role: name, permissions: wanted } },
      async (tx, actor) => {
        if (name === ADMIN_ROLE) throw forbidden('The role admin has every permission there is, and keeps them.');
        this.assertKnown(wanted);
        const before = (await this.roles.find(tx, name))?.permissions ?? [];
        assertBothIncluded(actor, name, before, wanted);
        await this.roles.put(tx, role);
        if (before.length === wanted.length && before.every((permission) => wanted.includes(permission))) return;
        await this.revocations.revokeUsers(tx, await this.roles.outdateHolders(tx, name));
        await this.assertSameRights(tx, actor);
      },
    );
    return role;
  }

  /** @throws DomainError `not_found`, `forbidden`, `token_invalid` */
  async delete(by: ActingCaller, name: string): Promise<void> {
    if (!isRoleName(name)) throw noSuchRole();
    await this.acts.run(by, { type: 'role.deleted', details: { role: name } }, async (tx, actor) => {
      const role = await this.roles.find(tx, name);
      if (role === undefined) throw noSuchRole();
      if (BUILT_IN.includes(name)) throw forbidden(`The roles ${BUILT_IN.join(', ')} stay.`);
      if (actor.roles.includes(name)) throw forbidden('Nobody takes a role from themselves.');
      assertBothIncluded(actor, name, role.permissions, []);
      await this.roles.delete(tx, name);
      await this.revocations.revokeUsers(tx, await this.roles.takeFromHolders(tx, name));
    });
  }

  private assertKnown(permissions: readonly string[]): void {
    const errors = permissions.flatMap((permission, at): FieldError[] => {
      if (this.catalogue.has(permission)) return [];
      const message = `There is no such permission. There are: ${this.catalogue.permissions.join(', ')}`;
      return [{ path: `permissions.${at}`, code: 'unknown_permission', message }];
    });
    if (errors.length > 0) throw new DomainError('validation_failed', { errors });
  }

  /** The actor may hold the role. Nobody changes what they themselves may do, be it up or down. */
  private async assertSameRights(tx: EntityManager, actor: Actor): Promise<void> {
    const now = await this.accounts.findForSignIn(tx, actor.id);
    const same = now?.permissions.length === actor.permissions.length;
    if (!same || !actor.permissions.every((permission) => now.permissions.includes(permission))) {
      throw forbidden('Nobody changes their own rights.');
    }
  }
}

/** Neither gives nor takes what the actor may not do. */
function assertBothIncluded(actor: Actor, name: string, before: readonly string[], after: readonly string[]): void {
  const permissions = [...before, ...after];
  assertIncludes(actor, { roles: [name], permissions }, 'This role allows what yours do not.');
}

function assertRoleName(name: string): void {
  if (isRoleName(name)) return;
  const message = 'name must be 1 to 64 lower-case letters, digits, "_" or "-", beginning with a letter';
  throw new DomainError('validation_failed', { errors: [{ path: 'name', code: 'malformed', message }] });
}

function noSuchRole(): DomainError {
  return new DomainError('not_found', { detail: 'There is no such role.' });
}

function forbidden(detail: string): DomainError {
  return new DomainError('forbidden', { detail });
}
