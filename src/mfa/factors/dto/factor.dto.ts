import { ApiProperty } from '@nestjs/swagger';
import { type Acr, ACR_LADDER } from '../../../access/principal';
import type { FactorRecord, FactorStatus } from '../factor';
import type { MfaFactor } from '../mfa-factor';

/** A second factor that may be used now. */
export class UsableFactorDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'totp' })
  type!: string;

  @ApiProperty({ example: 'Phone' })
  name!: string;

  /** Tells one factor of a type from another, masked. */
  @ApiProperty({ type: String, nullable: true })
  hint!: string | null;

  /** The rung of the ladder it reaches. */
  @ApiProperty({ enum: ACR_LADDER, enumName: 'Acr', example: 'aal2' })
  acr!: Acr;

  /** At most one is; it is challenged unless another is named. */
  preferred!: boolean;
}

/** A second factor of an account. */
export class FactorDto extends UsableFactorDto {
  /** `pending` until a first response proves it. */
  @ApiProperty({ enum: ['pending', 'active'], enumName: 'FactorStatus' })
  status!: FactorStatus;

  createdAt!: Date;

  @ApiProperty({ type: Date, nullable: true })
  lastUsedAt!: Date | null;
}

export function toUsableFactor(factor: FactorRecord, plugin: MfaFactor): UsableFactorDto {
  const { id, type, name, preferred } = factor;
  return { id, type, name, hint: plugin.hintOf(factor), acr: plugin.acr, preferred };
}

export function toFactor(factor: FactorRecord, plugin: MfaFactor): FactorDto {
  const { status, createdAt, lastUsedAt } = factor;
  return { ...toUsableFactor(factor, plugin), status, createdAt, lastUsedAt };
}
