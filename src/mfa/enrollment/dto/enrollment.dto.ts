import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { IsBoolean, IsString, Length, Matches, MaxLength } from 'class-validator';
import { IsGiven } from '../../../platform/http/is-given.decorator';
import { AUTH_RESULT_SCHEMA, type AuthResult } from '../../sign-in/dto/auth-result.dto';
import { FactorDto } from '../../factors/dto/factor.dto';
import { WebauthnEnrollmentDto } from '../../factors/webauthn/dto/webauthn.dto';
import { IsMailAddress } from '../../../users/accounts/mail-address.validator';

export class EnrollFactorDto {
  /** One of `available` in `GET /v1/mfa/factors`. */
  @ApiProperty({ example: 'totp' })
  @IsString()
  @MaxLength(32)
  type!: string;

  /** What you call it. */
  @ApiPropertyOptional({ example: 'Phone' })
  @IsGiven()
  @IsString()
  @Length(1, 64)
  name?: string;

  /** `email`: where its codes go; the account's own address unless said. */
  @ApiPropertyOptional({ format: 'email' })
  @IsGiven()
  @IsMailAddress()
  email?: string;

  /** `sms`: where its codes go, a mobile number with its country code; the account's own unless said. */
  @ApiPropertyOptional()
  @IsGiven()
  @IsString()
  @MaxLength(32)
  @Matches(/^\+/, { message: 'phone must begin with + and the country code, like +49 151 12345678' })
  phone?: string;

  /** Where policy demands a factor and the account signed in before: the code from an administrator. */
  @ApiPropertyOptional()
  @IsGiven()
  @IsString()
  @MaxLength(128)
  enrollmentCode?: string;
}

/** What an authenticator app needs. */
class TotpEnrollmentDto {
  /** Base32: what is typed in where no QR code can be scanned. */
  @ApiProperty({ example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
  secret!: string;

  /** What the QR code says. */
  @ApiProperty({
    example:
      'otpauth://totp/Countersign:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Countersign&algorithm=SHA1&digits=6&period=30',
  })
  otpauthUri!: string;

  /** A PNG as a data URL. */
  @ApiProperty({ example: 'data:image/png;base64,iVBORw0KGgo…' })
  qrCode!: string;
}

/** What goes with a code that was sent. */
class SentCodeDto {
  /** Where the code went, masked. */
  @ApiProperty({ example: 'a…@example.com' })
  sentTo!: string;

  /** When the code ends. Begin the factor again for another one; the one before is void. */
  expiresAt!: Date;
}

@ApiExtraModels(TotpEnrollmentDto, SentCodeDto, WebauthnEnrollmentDto)
export class EnrolledFactorDto {
  factor!: FactorDto;

  @ApiProperty({
    description:
      'What the person needs to take the factor up, shown once. Its fields are those of the factor type: `totp` has the first kind, `email` and `sms` the second, `webauthn` the third.',
    anyOf: [
      { $ref: getSchemaPath(TotpEnrollmentDto) },
      { $ref: getSchemaPath(SentCodeDto) },
      { $ref: getSchemaPath(WebauthnEnrollmentDto) },
      { type: 'object', additionalProperties: true },
    ],
  })
  enrollment!: Readonly<Record<string, unknown>>;
}

export class ActivatedFactorDto {
  factor!: FactorDto;

  /** Ten, with the first factor only, shown once. */
  @ApiPropertyOptional({ example: ['9F3K-QX7M-T2WB-H5ZC'] })
  recoveryCodes?: string[];

  @ApiProperty(AUTH_RESULT_SCHEMA)
  auth!: AuthResult;
}

/** Not paged: an account has a handful. */
export class FactorListDto {
  items!: FactorDto[];

  /** Types that may be enrolled. */
  @ApiProperty({ example: ['totp', 'webauthn', 'email', 'sms'] })
  available!: string[];

  /** `recovery_codes_low`, `no_recovery_codes`; `stronger_factor_advised` where only codes by e-mail or SMS are enrolled. */
  @ApiProperty({ example: [] })
  warnings!: string[];
}

export class ChangeFactorDto {
  @ApiPropertyOptional({ example: 'Old phone' })
  @IsGiven()
  @IsString()
  @Length(1, 64)
  name?: string;

  /** Challenged unless another is named. */
  @ApiPropertyOptional()
  @IsGiven()
  @IsBoolean()
  preferred?: boolean;
}

export class RecoveryCodesDto {
  /** Ten; the set before is void. */
  @ApiProperty({ example: ['9F3K-QX7M-T2WB-H5ZC'] })
  codes!: string[];
}

export class RecoveryCodesStatusDto {
  @ApiProperty({ type: 'integer', example: 10 })
  remaining!: number;

  @ApiProperty({ type: Date, nullable: true })
  generatedAt!: Date | null;
}
