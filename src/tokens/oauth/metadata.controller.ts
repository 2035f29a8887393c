import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ReachableAcr } from '../../access/reachable-acr';
import { TokenSettings } from '../../platform/config/settings/token.settings';
import { DomainError } from '../../platform/errors/domain-error';
import { Public } from '../../platform/http/public.decorator';
import { jwksOf } from '../signing-keys/jwks';
import { SigningKeyRing } from '../signing-keys/signing-key-ring';
import {
  authorizationServerMetadata,
  isMetadataPath,
  METADATA_MAX_AGE,
  type AuthorizationServerMetadata,
} from './authorization-server-metadata';
import { AuthorizationServerMetadataDto } from './dto/authorization-server-metadata.dto';

const CACHE_CONTROL = `public, max-age=${METADATA_MAX_AGE}`;

@ApiTags('9. Standards and operation')
@Controller('.well-known/oauth-authorization-server')
export class MetadataController {
  constructor(
    private readonly settings: TokenSettings,
    private readonly ring: SigningKeyRing,
    private readonly reachable: ReachableAcr,
  ) {}

  /** What this service offers to whoever takes its tokens. No authorization and token endpoints: a sign-in is no OAuth grant. */
  @Public()
  @Get()
  @Header('cache-control', CACHE_CONTROL)
  @ApiOkResponse({ type: AuthorizationServerMetadataDto, description: 'RFC 8414 metadata' })
  metadata(): AuthorizationServerMetadata {
    // Of all keys, since nobody need know which one signs: this is answered while the database is away, as the key set is.
    const hasKeySet = jwksOf(this.ring.all).keys.length > 0;
    return authorizationServerMetadata(this.settings.issuer, hasKeySet, this.reachable.values);
  }

  /** The same where RFC 8414 §3.1 puts it if the issuer has a path. A proxy must lead this address here as it is. */
  @Public()
  @Get('*')
  @Header('cache-control', CACHE_CONTROL)
  @ApiExcludeEndpoint()
  ofIssuerWithPath(@Req() request: { readonly url: string }): AuthorizationServerMetadata {
    const [path = ''] = request.url.split('?', 1);
    if (!isMetadataPath(path, this.settings.issuer)) throw new DomainError('not_found');
    return this.metadata();
  }
}
