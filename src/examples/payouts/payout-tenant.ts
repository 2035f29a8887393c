import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessTokenClaims, type ClaimsSubject, type Principal } from '../../access';
import { PayoutTenantEntity } from './entities/payout-tenant.entity';

const DEFAULT_TENANT = 'default';

/** Puts the tenant into access tokens, so that no request has to look it up; the default one goes without saying. */
@Injectable()
export class PayoutTenantClaims extends AccessTokenClaims {
  override readonly names = ['tenant'];

  override async claimsFor({ userId }: ClaimsSubject, tx: EntityManager): Promise<{ tenant?: string }> {
    const row = await tx.findOneBy(PayoutTenantEntity, { userId });
    return row === null ? {} : { tenant: row.tenant };
  }
}

/** The tenant that the caller's token names, or the default one. */
export function tenantOf({ claims }: Principal): string {
  return typeof claims['tenant'] === 'string' ? claims['tenant'] : DEFAULT_TENANT;
}
