import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsObject, IsString, IsUUID, MaxLength } from 'class-validator';
import { IsGiven } from '../../../platform/http/is-given.decorator';
import { PublicKeyCredentialRequestOptionsDto } from '../../factors/webauthn/dto/webauthn.dto';

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

  /** Where a code went, masked. */
  @ApiPropertyOptional({ example: 'a…@example.com' })
  sentTo?: string;

  /** `webauthn`: `PublicKeyCredentialRequestOptionsJSON`, for `navigator.credentials.get()`. */
  @ApiPropertyOptional({ type: PublicKeyCredentialRequestOptionsDto })
  publicKey?: Readonly<Record<string, unknown>>;

  /** What a plug-in defines beyond. */
  @ApiPropertyOptional({ type: Object, additionalProperties: true })
  data?: Readonly<Record<string, unknown>>;
}

/** Nobody has answered yet, where a factor waits for somebody: ask again. */
export class PendingChallengeDto {
  @ApiProperty({ enum: ['pending'] })
  status!: 'pending';

  /** Seconds. */
  @ApiProperty({ type: 'integer', example: 2 })
  retryAfter!: number;
}

/** One of the three; which one depends on the factor. */
export class FactorResponseDto {
  /** `totp`, `email`, `sms`: exactly six digits. `recovery_code`: with or without its hyphens, in either case. */
  @ApiPropertyOptional({ example: '492039' })
  @IsGiven()
  @IsString()
  @MaxLength(128)
  code?: string;

  /** `webauthn`: what `navigator.credentials.create()` or `.get()` gave, as JSON (`RegistrationResponseJSON`, `AuthenticationResponseJSON`). */
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
