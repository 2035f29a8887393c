import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessTokenClaims, type ClaimsSubject, DomainError, type Principal } from '../../access';
import { PayoutTenantEntity } from './entities/payout-tenant.entity';

const DEFAULT_TENANT = 'default';

/** Puts the tenant into access tokens, so that no request has to look it up. Every token names one: what is missing must not mean a tenant. */
@Injectable()
export class PayoutTenantClaims extends AccessTokenClaims {
  override readonly names = ['tenant'];

  override async claimsFor({ userId }: ClaimsSubject, tx: EntityManager): Promise<{ tenant: string }> {
    const row = await tx.findOneBy(PayoutTenantEntity, { userId });
    return { tenant: row?.tenant ?? DEFAULT_TENANT };
  }
}

/**
 * The tenant that the caller's token names.
 *
 * @throws DomainError `forbidden` for a token without one, such as one from before the module was there
 */
export function tenantOf({ claims: { tenant } }: Principal): string {
  if (typeof tenant === 'string' && tenant !== '') return tenant;
  throw new DomainError('forbidden', { detail: 'The token names no tenant. Refresh it and try again.' });
}
