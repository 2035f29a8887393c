import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '../../platform/http/public.decorator';
import { JsonWebKeySetDto, type PublicJwkDto } from './jwks.dto';
import { SigningKeyRing } from './signing-key-ring';

@ApiTags('8. Standards and operation')
@Controller('.well-known')
export class JwksController {
  constructor(private readonly ring: SigningKeyRing) {}

  /** The public keys that verify access tokens. A new key is here before it signs. */
  @Public()
  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=300')
  @ApiOkResponse({ type: JsonWebKeySetDto, description: 'An RFC 7517 key set' })
  jwks(): JsonWebKeySetDto {
    return {
      keys: this.ring.all.map(({ kid, alg, publicJwk: { kty, crv, x, y } }) => ({
        kty,
        kid,
        use: 'sig' as const,
        alg,
        ...(crv !== undefined && { crv }),
        ...(x !== undefined && { x }),
        ...(y !== undefined && { y }),
      })) as PublicJwkDto[],
    };
  }
}
