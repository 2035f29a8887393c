import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString, IsUUID, MaxLength } from 'class-validator';
import { IsGiven } from '../../../platform/http/is-given.decorator';

export class CreateChallengeDto {
  /** The factor to challenge; the preferred one unless said. */
  @ApiPropertyOptional({ format: 'uuid' })
  @IsGiven()
  @IsUUID()
  factorId?: string;
}

export class ChallengeDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  factorId!: string;

  @ApiProperty({ example: 'totp' })
  type!: string;

  expiresAt!: Date;

  /** What a plug-in defines beyond. */
  @ApiPropertyOptional({ type: Object, additionalProperties: true })
  data?: Readonly<Record<string, unknown>>;
}

/** One of the three; which one depends on the factor. */
export class FactorResponseDto {
  /** `totp`: exactly six digits. `recovery_code`: with or without its hyphens, in either case. */
  @ApiPropertyOptional({ example: '492039' })
  @IsGiven()
  @IsString()
  @MaxLength(128)
  code?: string;

  /** The answer of a WebAuthn authenticator. */
  @ApiPropertyOptional({ type: Object, additionalProperties: true })
  @IsGiven()
  @IsObject()
  credential?: Record<string, unknown>;

  /** As a plug-in defines it. */
  @ApiPropertyOptional({ type: Object, additionalProperties: true })
  @IsGiven()
  @IsObject()
  response?: Record<string, unknown>;
}
