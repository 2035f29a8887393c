import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessTokenClaims, type ClaimsSubject, type Principal } from '../../access';
import { PayoutTenantEntity } from './entities/payout-tenant.entity';

const DEFAULT_TENANT = 'default';

/** Puts the tenant into every access token, so that no request has to look it up. */
@Injectable()
export class PayoutTenantClaims extends AccessTokenClaims {
  override readonly names = ['tenant'];

  override async claimsFor({ userId }: ClaimsSubject, tx: EntityManager): Promise<{ tenant: string }> {
    const row = await tx.findOneBy(PayoutTenantEntity, { userId });
    return { tenant: row?.tenant ?? DEFAULT_TENANT };
  }
}

/** The tenant that the caller's token names. */
export function tenantOf({ claims }: Principal): string {
  return typeof claims['tenant'] === 'string' ? claims['tenant'] : DEFAULT_TENANT;
}
