import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { MfaSettings } from '../../platform/config/settings/mfa.settings';
import { DomainError } from '../../platform/errors/domain-error';
import { RoleStore } from '../../users/roles/role.store';
import { assertIncludes } from './administrative-acts';
import type { Actor } from './authority';

/** Who gets the roles. */
interface Grantee {
  readonly roles: readonly string[];
  readonly mfaEnrolledAt: Date | null;
}

/** Which roles an actor may give to an account. */
@Injectable()
export class GrantableRoles {
  constructor(
    private readonly roles: RoleStore,
    private readonly settings: MfaSettings,
  ) {}

  /**
   * @param tx holds the lock on rights
   * @throws DomainError `validation_failed` for a role that there is not, `forbidden` for one that allows what the actor may not,
   *   `mfa_not_enrolled` for a new one that demands a second factor
   */
  async assertGrantable(tx: EntityManager, actor: Actor, grantee: Grantee, names: readonly string[]): Promise<void> {
    const found = await this.roles.findAll(tx, names);
    const unknown = names.filter((name) => !found.some((role) => role.name === name));
    if (unknown.length > 0) {
      throw new DomainError('validation_failed', {
        errors: unknown.map((name) => ({
          path: `roles.${names.indexOf(name)}`,
          code: 'unknown_role',
          message: 'There is no role of this name',
        })),
      });
    }
    const permissions = [...new Set(found.flatMap((role) => role.permissions))];
    assertIncludes(actor, { roles: names, permissions }, 'These roles allow what yours do not.');
    const added = names.filter((name) => !grantee.roles.includes(name));
    const demanding = this.settings.rolesThatDemandFactor(added);
    if (grantee.mfaEnrolledAt === null && demanding.length > 0) {
      throw new DomainError('mfa_not_enrolled', {
        detail: `${demanding.join(', ')}: only for an account that has a second factor.`,
      });
    }
  }
}
