import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AuthorizationServerMetadata } from '../authorization-server-metadata';

/** RFC 8414 metadata. */
export class AuthorizationServerMetadataDto implements AuthorizationServerMetadata {
  /** `iss` of every token. */
  @ApiProperty({ example: 'https://id.example.com' })
  issuer!: string;

  /** The keys that verify tokens; absent where tokens are signed with a shared secret. */
  @ApiPropertyOptional({ example: 'https://id.example.com/.well-known/jwks.json' })
  jwks_uri?: string;

  /** RFC 7662. */
  @ApiProperty({ example: 'https://id.example.com/oauth/introspect' })
  introspection_endpoint!: string;

  @ApiProperty({ type: [String], example: ['client_secret_basic'] })
  introspection_endpoint_auth_methods_supported!: string[];

  /** The values of `acr` that a sign-in can reach here, the weakest first. */
  @ApiProperty({ type: [String], example: ['aal1', 'aal2'] })
  acr_values_supported!: string[];
}
