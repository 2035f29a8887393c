import { ApiProperty } from '@nestjs/swagger';
import { IsObject, IsString, MaxLength } from 'class-validator';
import { PublicKeyCredentialRequestOptionsDto } from '../../mfa/factors/webauthn/dto/webauthn.dto';

const CREDENTIAL = {
  id: 'f1Vd9RG8Zs1FQe3TwYvWkw',
  rawId: 'f1Vd9RG8Zs1FQe3TwYvWkw',
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBl…',
    authenticatorData: 'SZYN5YgO…',
    signature: 'MEUCIQ…',
    userHandle: 'c29tZSByYW5k…',
  },
};

export class PasskeyChallengeDto {
  /** Goes back with the answer. Good once, and for 5 minutes. */
  @ApiProperty({ example: 'AAAAAQGZ4x8k2L0bq3n…' })
  challengeId!: string;

  publicKey!: PublicKeyCredentialRequestOptionsDto;
}

export class PasskeyLoginDto {
  /** Of the answer to `POST /v1/auth/passkey/options`. */
  @ApiProperty({ example: 'AAAAAQGZ4x8k2L0bq3n…' })
  @IsString()
  @MaxLength(256)
  challengeId!: string;

  /** What `navigator.credentials.get()` gave, as JSON (`AuthenticationResponseJSON`). */
  @ApiProperty({ type: Object, additionalProperties: true, example: CREDENTIAL })
  @IsObject()
  credential!: Record<string, unknown>;
}
