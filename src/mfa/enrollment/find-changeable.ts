import type { EntityManager } from 'typeorm';
import { DomainError } from '../../platform/errors/domain-error';
import type { FactorRecord } from '../factors/factor';
import type { FactorStore } from '../factors/factor.store';
import { RECOVERY_CODE } from '../factors/recovery-codes/recovery-code.factor';

/**
 * An active factor of the account that may be renamed, preferred or dropped.
 *
 * @throws DomainError `not_found`, `forbidden`
 */
export async function findChangeable(
  factors: FactorStore,
  tx: EntityManager,
  userId: string,
  factorId: string,
): Promise<FactorRecord> {
  const factor = await factors.findActive(tx, userId, factorId);
  if (factor === undefined) throw new DomainError('not_found', { detail: 'No such active factor.' });
  if (factor.type === RECOVERY_CODE) {
    throw new DomainError('forbidden', { detail: 'Recovery codes cannot be renamed or dropped, only made anew.' });
  }
  return factor;
}
