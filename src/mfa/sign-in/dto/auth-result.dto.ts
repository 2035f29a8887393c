import { ApiExtraModels, ApiOkResponse, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { type Acr, ACR_LADDER } from '../../../access/principal';
import { SETS_REFRESH_COOKIE } from '../../../tokens/refresh-tokens/refresh-cookie-headers';
import { UsableFactorDto } from '../../factors/dto/factor.dto';
import { AnswersTokens } from '../answers-tokens.decorator';

/** What a session has shown, as the token says. */
export class SessionSummaryDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: ACR_LADDER, enumName: 'Acr', example: 'aal2' })
  acr!: Acr;

  /** RFC 8176 values, and private names where it has none. */
  @ApiProperty({ example: ['pwd', 'otp', 'mfa'] })
  amr!: string[];

  /** The last active authentication. */
  authTime!: Date;

  /** The last second factor that still counts. */
  @ApiProperty({ type: Date, nullable: true })
  mfaTime!: Date | null;
}

/** A full sign-in: tokens. */
export class AuthenticatedDto {
  @ApiProperty({ enum: ['authenticated'] })
  status!: 'authenticated';

  @ApiProperty({ enum: ['Bearer'] })
  tokenType!: 'Bearer';

  /** JWT, `typ: at+jwt` (RFC 9068). */
  @ApiProperty({ example: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9…' })
  accessToken!: string;

  /** Seconds. */
  @ApiProperty({ type: 'integer', example: 300 })
  expiresIn!: number;

  /** Opaque; every refresh gives a new one. Left out where the session's transport is the cookie: then it is in `__Host-csr`. */
  @ApiPropertyOptional({ example: 'csr_AAAAAQGWq3…' })
  refreshToken?: string;

  /** Seconds until the session ends if it is not used. */
  @ApiProperty({ type: 'integer', example: 604800 })
  refreshExpiresIn!: number;

  session!: SessionSummaryDto;

  /**
   * Once per device, when a sign-in by password is complete. Sent along at the next login it spares the device from the lock that
   * wrong passwords of others lead to. Keep it beyond logout.
   */
  @ApiPropertyOptional({ example: 'csd_Zk3v…' })
  deviceToken?: string;
}

/** Half a sign-in: a second factor has to be verified. */
export class MfaRequiredDto {
  @ApiProperty({ enum: ['mfa_required'] })
  status!: 'mfa_required';

  /** JWT, `typ: mfa+jwt`; good for the challenge routes only. */
  @ApiProperty({ example: 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im1mYStqd3QifQ…' })
  mfaToken!: string;

  /** Seconds. */
  @ApiProperty({ type: 'integer', example: 300 })
  expiresIn!: number;

  @ApiProperty({
    example: 'login',
    description:
      'Why it is asked for: `login`, `mfa_expired`, `idle`, `new_network`, `new_device`, `policy`, `recovery`.',
  })
  reason!: string;

  /** What may be used now, the preferred first. */
  factors!: UsableFactorDto[];
}

/** Half a sign-in: a first second factor has to be enrolled. */
export class MfaEnrollmentRequiredDto {
  @ApiProperty({ enum: ['mfa_enrollment_required'] })
  status!: 'mfa_enrollment_required';

  /** JWT, `typ: mfa+jwt`; good for enrolling the first factor only. */
  @ApiProperty({ example: 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im1mYStqd3QifQ…' })
  mfaToken!: string;

  /** Seconds. */
  @ApiProperty({ type: 'integer', example: 300 })
  expiresIn!: number;

  @ApiProperty({ example: 'policy' })
  reason!: string;

  /** Empty: there is none yet. */
  factors!: UsableFactorDto[];
}

export type AuthResult = AuthenticatedDto | MfaRequiredDto | MfaEnrollmentRequiredDto;

const VARIANTS = [AuthenticatedDto, MfaRequiredDto, MfaEnrollmentRequiredDto] as const;

const ID = '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11';
const MFA_TOKEN = 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im1mYStqd3QifQ…';

const EXAMPLES: Readonly<Record<AuthResult['status'], { summary: string; value: object }>> = {
  authenticated: {
    summary: 'Signed in',
    value: {
      status: 'authenticated',
      tokenType: 'Bearer',
      accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9…',
      expiresIn: 300,
      refreshToken: 'csr_AAAAAQGWq3…',
      refreshExpiresIn: 604800,
      deviceToken: 'csd_Zk3v…',
      session: {
        id: ID,
        acr: 'aal2',
        amr: ['pwd', 'otp', 'mfa'],
        authTime: '2026-06-01T12:00:30.000Z',
        mfaTime: '2026-06-01T12:00:30.000Z',
      },
    },
  },
  mfa_required: {
    summary: 'A second factor has to be verified',
    value: {
      status: 'mfa_required',
      mfaToken: MFA_TOKEN,
      expiresIn: 300,
      reason: 'login',
      factors: [{ id: ID, type: 'totp', name: 'Phone', hint: null, acr: 'aal2', preferred: true }],
    },
  },
  mfa_enrollment_required: {
    summary: 'Policy demands a second factor, and the account has none',
    value: { status: 'mfa_enrollment_required', mfaToken: MFA_TOKEN, expiresIn: 300, reason: 'policy', factors: [] },
  },
};

/** What a sign-in answers; `status` says which it is. */
export const AUTH_RESULT_SCHEMA = {
  title: 'AuthResult',
  description: 'What a sign-in answers. `status` tells which of the three it is.',
  oneOf: VARIANTS.map((variant) => ({ $ref: getSchemaPath(variant) })),
  discriminator: {
    propertyName: 'status',
    mapping: {
      authenticated: getSchemaPath(AuthenticatedDto),
      mfa_required: getSchemaPath(MfaRequiredDto),
      mfa_enrollment_required: getSchemaPath(MfaEnrollmentRequiredDto),
    },
  },
};

/**
 * A route that answers with an `AuthResult`: its documentation, and the cookie of sessions that have one.
 *
 * @param statuses those that this route answers; all of them unless said
 */
export function ApiAuthResult(description: string, ...statuses: AuthResult['status'][]): MethodDecorator {
  const shown = Object.entries(EXAMPLES).filter(
    ([status]) => statuses.length === 0 || statuses.some((each) => each === status),
  );
  const media = { schema: AUTH_RESULT_SCHEMA, examples: Object.fromEntries(shown) };
  return applyDecorators(
    AnswersTokens(),
    ApiExtraModels(...VARIANTS),
    ApiOkResponse({ description, headers: SETS_REFRESH_COOKIE, content: { 'application/json': media } }),
  );
}
