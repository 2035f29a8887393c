import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiOkResponse, ApiResponse, ApiTags } from '@nestjs/swagger';
import { createHash } from 'node:crypto';
import { SigningKeySettings } from '../../platform/config/settings/signing-key.settings';
import { Public } from '../../platform/http/public.decorator';
import { jwksOf } from './jwks';
import { JsonWebKeySetDto } from './jwks.dto';
import { SigningKeyRing } from './signing-key-ring';

interface Reply {
  header(name: string, value: string): unknown;
  status(status: number): unknown;
}

@ApiTags('9. Standards and operation')
@Controller('.well-known')
export class JwksController {
  constructor(
    private readonly ring: SigningKeyRing,
    private readonly settings: SigningKeySettings,
  ) {}

  /** The public keys that verify access tokens. A new key is here before it signs. Empty where only `HS256` signs. */
  @Public()
  @Get('jwks.json')
  @ApiOkResponse({ type: JsonWebKeySetDto, description: 'An RFC 7517 key set' })
  @ApiResponse({ status: 304, description: 'As the `ETag` in `If-None-Match` says' })
  jwks(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): JsonWebKeySetDto | undefined {
    const keySet = jwksOf(this.ring.all);
    const etag = `"${createHash('sha256').update(JSON.stringify(keySet)).digest('base64url')}"`;
    reply.header('cache-control', `public, max-age=${this.settings.jwksMaxAge}`);
    reply.header('etag', etag);
    // RFC 9110 §13.1.2: a list, compared weakly.
    const isKnown = known?.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
    if (isKnown !== true) return keySet;
    reply.status(304);
    return undefined;
  }
}
