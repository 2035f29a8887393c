import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

const CHALLENGE = 'dGhpcyBpcyBub3QgYSByYW5kb20gY2hhbGxlbmdlIGF0IGFsbA';
const TYPE = { enum: ['public-key'] };

class PublicKeyCredentialDescriptorDto {
  /** Base64url, as are all bytes. */
  @ApiProperty({ example: 'f1Vd9RG8Zs1FQe3TwYvWkw' })
  id!: string;

  @ApiProperty(TYPE)
  type!: string;

  @ApiPropertyOptional({ type: [String], example: ['internal', 'hybrid'] })
  transports?: string[];
}

class RelyingPartyDto {
  @ApiPropertyOptional({ example: 'example.com' })
  id?: string;

  @ApiProperty({ example: 'Countersign' })
  name!: string;
}

class PublicKeyUserDto {
  /** Random, the same for all passkeys of an account, and says nothing of the person. */
  @ApiProperty({ example: 'c29tZSByYW5kb20gYnl0ZXM' })
  id!: string;

  @ApiProperty({ example: 'ada.lovelace' })
  name!: string;

  @ApiProperty({ example: 'ada.lovelace' })
  displayName!: string;
}

class PublicKeyParametersDto {
  @ApiProperty(TYPE)
  type!: string;

  /** COSE: -8 (Ed25519), -7 (ES256), -257 (RS256). */
  @ApiProperty({ type: 'integer', example: -7 })
  alg!: number;
}

class AuthenticatorSelectionDto {
  @ApiProperty({ enum: ['preferred'] })
  residentKey!: string;

  @ApiProperty({ example: false })
  requireResidentKey!: boolean;

  @ApiProperty({ enum: ['preferred'] })
  userVerification!: string;
}

/** `PublicKeyCredentialCreationOptionsJSON` (WebAuthn L3), for `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
export class PublicKeyCredentialCreationOptionsDto {
  rp!: RelyingPartyDto;
  user!: PublicKeyUserDto;

  @ApiProperty({ example: CHALLENGE })
  challenge!: string;

  pubKeyCredParams!: PublicKeyParametersDto[];

  /** Milliseconds. */
  @ApiProperty({ type: 'integer', example: 300000 })
  timeout!: number;

  /** The passkeys that the account has: an authenticator that holds one makes no second. */
  excludeCredentials!: PublicKeyCredentialDescriptorDto[];

  authenticatorSelection!: AuthenticatorSelectionDto;

  @ApiProperty({ type: [String], example: [] })
  hints!: string[];

  @ApiProperty({ enum: ['none'] })
  attestation!: string;

  @ApiProperty({ type: Object, additionalProperties: true, example: { credProps: true } })
  extensions!: Record<string, unknown>;
}

/** `PublicKeyCredentialRequestOptionsJSON` (WebAuthn L3), for `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
export class PublicKeyCredentialRequestOptionsDto {
  @ApiProperty({ example: CHALLENGE })
  challenge!: string;

  /** Milliseconds. */
  @ApiPropertyOptional({ type: 'integer', example: 300000 })
  timeout?: number;

  @ApiPropertyOptional({ example: 'example.com' })
  rpId?: string;

  /** The passkey that is challenged; empty where any will do. */
  @ApiPropertyOptional({ type: [PublicKeyCredentialDescriptorDto] })
  allowCredentials?: PublicKeyCredentialDescriptorDto[];

  /** `required` to sign in with it alone, `preferred` after a password. */
  @ApiPropertyOptional({ enum: ['required', 'preferred'] })
  userVerification?: string;
}

/** What `navigator.credentials.create()` needs. */
export class WebauthnEnrollmentDto {
  publicKey!: PublicKeyCredentialCreationOptionsDto;
}
