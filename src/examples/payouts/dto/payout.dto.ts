import { ApiProperty } from '@nestjs/swagger';
import { IsISO4217CurrencyCode, IsString, Length, Matches } from 'class-validator';
import { PageDto } from '../../../access';
import type { PayoutEntity } from '../entities/payout.entity';

export class CreatePayoutDto {
  /** A decimal with two places, above zero. Text, because money is not floating point. */
  @ApiProperty({ example: '12.50' })
  @Matches(/^(?!0+\.00$)(0|[1-9][0-9]{0,8})\.[0-9]{2}$/, { message: 'amount must be text like "12.50", above zero' })
  amount!: string;

  /** ISO 4217. */
  @ApiProperty({ example: 'EUR' })
  @IsISO4217CurrencyCode()
  currency!: string;

  @ApiProperty({ example: 'Ada Lovelace' })
  @IsString()
  @Length(1, 140)
  beneficiary!: string;
}

export class PayoutDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: '12.50' })
  amount!: string;

  @ApiProperty({ example: 'EUR' })
  currency!: string;

  @ApiProperty({ example: 'Ada Lovelace' })
  beneficiary!: string;

  @ApiProperty({ enum: ['requested', 'approved'], enumName: 'PayoutStatus' })
  status!: 'requested' | 'approved';

  @ApiProperty({ format: 'uuid' })
  requestedBy!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  approvedBy!: string | null;

  createdAt!: Date;

  @ApiProperty({ type: Date, nullable: true })
  approvedAt!: Date | null;
}

export class PayoutPageDto extends PageDto {
  items!: PayoutDto[];
}

export class PayoutLimitsDto {
  @ApiProperty({ example: '10000.00' })
  perPayout!: string;

  @ApiProperty({ example: 'EUR' })
  currency!: string;
}

export function toPayoutDto(row: PayoutEntity): PayoutDto {
  const { id, amount, currency, beneficiary, requestedBy, approvedBy, createdAt, approvedAt } = row;
  const status = approvedAt === null ? 'requested' : 'approved';
  return { id, amount, currency, beneficiary, status, requestedBy, approvedBy, createdAt, approvedAt };
}
