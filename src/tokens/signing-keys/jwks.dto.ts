import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../platform/config/settings/signing-key.settings';

/** A public key, RFC 7517: `crv`, `x`, `y` of an elliptic curve, or `n`, `e` of RSA. */
export class PublicJwkDto {
  @ApiProperty({ example: 'EC' })
  kty!: string;

  /** RFC 7638 thumbprint. */
  @ApiProperty({ example: 'bHUnYkGbwbYvYQXQb0YfPbeVkXXfXwH0d2CIMCMhP1E' })
  kid!: string;

  @ApiProperty({ enum: ['sig'] })
  use!: 'sig';

  @ApiProperty({ enum: SIGNING_ALGORITHMS, enumName: 'SigningAlgorithm', example: 'ES256' })
  alg!: SigningAlgorithm;

  @ApiPropertyOptional({ example: 'P-256' })
  crv?: string;

  @ApiPropertyOptional({ example: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU' })
  x?: string;

  @ApiPropertyOptional({ example: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' })
  y?: string;

  @ApiPropertyOptional()
  n?: string;

  @ApiPropertyOptional()
  e?: string;
}

export class JsonWebKeySetDto {
  @ApiProperty({ type: [PublicJwkDto] })
  keys!: PublicJwkDto[];
}
