import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class IntrospectionRequestDto {
  /** The access token. */
  @ApiProperty({ example: 'eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9.e30.c2ln' })
  token!: string;

  /** Taken, and not needed. */
  @ApiPropertyOptional({ example: 'access_token' })
  token_type_hint?: string;
}

/** RFC 7662 §2.2. Where `active` is false there is nothing else; where it is true, all claims of the token as well. */
export class IntrospectionAnswerDto {
  @ApiProperty()
  active!: boolean;

  @ApiPropertyOptional({ enum: ['Bearer'] })
  token_type?: 'Bearer';

  @ApiPropertyOptional({ example: 'https://id.example.com' })
  iss?: string;

  @ApiPropertyOptional({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], example: 'orders' })
  aud?: string | string[];

  /** The account. */
  @ApiPropertyOptional({ format: 'uuid' })
  sub?: string;

  @ApiPropertyOptional({ example: 'ada.lovelace' })
  username?: string;

  @ApiPropertyOptional({ example: 'ada.lovelace' })
  preferred_username?: string;

  @ApiPropertyOptional({ example: 'countersign' })
  client_id?: string;

  /** Seconds since the epoch, as all times here. */
  @ApiPropertyOptional({ type: 'integer' })
  exp?: number;

  @ApiPropertyOptional({ type: 'integer' })
  iat?: number;

  @ApiPropertyOptional({ type: 'integer' })
  nbf?: number;

  @ApiPropertyOptional({ format: 'uuid' })
  jti?: string;

  /** The session. */
  @ApiPropertyOptional({ format: 'uuid' })
  sid?: string;

  @ApiPropertyOptional({ type: 'integer' })
  ver?: number;

  /** How surely the caller is known (RFC 9470 §6.2). */
  @ApiPropertyOptional({ enum: ['aal1', 'aal2', 'phr'] })
  acr?: string;

  @ApiPropertyOptional({ type: [String], example: ['pwd', 'otp', 'mfa'] })
  amr?: string[];

  /** When they last authenticated. */
  @ApiPropertyOptional({ type: 'integer' })
  auth_time?: number;

  /** When they last verified a second factor; absent until they did. */
  @ApiPropertyOptional({ type: 'integer' })
  mfa_time?: number;

  @ApiPropertyOptional()
  mfa_enrolled?: boolean;

  @ApiPropertyOptional({ type: [String], example: ['user'] })
  roles?: string[];

  @ApiPropertyOptional({ type: [String], example: ['payouts:approve'] })
  permissions?: string[];
}

/** RFC 6749 §5.2. */
export class OAuthErrorDto {
  @ApiProperty({ enum: ['invalid_request', 'invalid_client'] })
  error!: string;

  @ApiProperty({ example: 'The parameter token is missing.' })
  error_description!: string;
}
