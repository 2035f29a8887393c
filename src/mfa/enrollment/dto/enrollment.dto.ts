import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { IsBoolean, IsEmail, IsString, Length, Matches, MaxLength } from 'class-validator';
import { IsGiven } from '../../../platform/http/is-given.decorator';
import { AUTH_RESULT_SCHEMA, type AuthResult } from '../../sign-in/dto/auth-result.dto';
import { FactorDto } from '../../factors/dto/factor.dto';

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

  /** For factors that send codes by e-mail, which this version does not have. */
  @ApiPropertyOptional({ format: 'email' })
  @IsGiven()
  @IsEmail()
  email?: string;

  /** In E.164. For factors that send codes by SMS, which this version does not have. */
  @ApiPropertyOptional()
  @IsGiven()
  @Matches(/^\+[1-9][0-9]{6,14}$/, { message: 'phone must be in E.164, like +4915112345678' })
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

@ApiExtraModels(TotpEnrollmentDto)
export class EnrolledFactorDto {
  factor!: FactorDto;

  @ApiProperty({
    description: 'What the person needs to take the factor up, shown once. Its fields are those of the factor type.',
    anyOf: [{ $ref: getSchemaPath(TotpEnrollmentDto) }, { type: 'object', additionalProperties: true }],
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
  @ApiProperty({ example: ['totp'] })
  available!: string[];

  /** `recovery_codes_low`, `no_recovery_codes`. */
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
