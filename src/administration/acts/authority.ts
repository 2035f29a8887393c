import { ADMIN_ROLE } from '../../access/access-catalogue';
import type { Rights } from '../../users/roles/role';

/** Somebody who acts on accounts or roles. */
export interface Actor extends Rights {
  readonly id: string;
}

/**
 * Whether all that `other` may do is among what the actor may do. Who may do everything there is today is no administrator for
 * that: those have what there will be tomorrow, too.
 */
export function includesRights(actor: Rights, other: Rights): boolean {
  if (actor.roles.includes(ADMIN_ROLE)) return true;
  if (other.roles.includes(ADMIN_ROLE)) return false;
  return other.permissions.every((permission) => actor.permissions.includes(permission));
}

/** Whether what happens to an account leaves it without the role `admin`, or without a way in. */
export function takesAdministrator(
  account: Pick<Rights, 'roles'> & { readonly status: 'active' | 'disabled' },
  change: { readonly roles?: readonly string[]; readonly status?: 'active' | 'disabled' } | 'deletion',
): boolean {
  if (!account.roles.includes(ADMIN_ROLE) || account.status !== 'active') return false;
  return change === 'deletion' || change.status === 'disabled' || change.roles?.includes(ADMIN_ROLE) === false;
}
