import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Equals } from 'class-validator';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../../platform/config/settings/signing-key.settings';
import { IsGiven } from '../../../platform/http/is-given.decorator';
import { PageDto } from '../../../platform/http/page.dto';
import type { SigningKeyState } from '../signing-key-plan';

export class RotateSigningKeysDto {
  /** Every key that has signed is refused at once, with all its tokens, and `next` signs however new it is. */
  @ApiPropertyOptional({ enum: [true] })
  @IsGiven()
  @Equals(true)
  compromised?: true;
}

export class SigningKeyDto {
  /** RFC 7638 thumbprint; random for `HS256`. */
  @ApiProperty({ example: 'bHUnYkGbwbYvYQXQb0YfPbeVkXXfXwH0d2CIMCMhP1E' })
  kid!: string;

  @ApiProperty({ enum: SIGNING_ALGORITHMS, enumName: 'SigningAlgorithm' })
  alg!: SigningAlgorithm;

  /** `next`: published, signs later. `active`: signs. `retired`: only verifies. */
  @ApiProperty({ enum: ['next', 'active', 'retired'], enumName: 'SigningKeyState' })
  state!: SigningKeyState;

  createdAt!: Date;

  /** Since when it signs; with `next`, when it will unless somebody rotates before. */
  activeFrom!: Date;

  /** With `retired`: until when it verifies. Null with others. */
  @ApiProperty({ type: Date, nullable: true })
  verifiesUntil!: Date | null;
}

export class SigningKeyPageDto extends PageDto {
  items!: SigningKeyDto[];
}
