import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RECENT_SECONDS } from '../../access/assurance';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { RequireMfa } from '../../access/require-mfa.decorator';
import { RequirePermissions } from '../../access/require-permissions.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { RotateSigningKeysDto, SigningKeyPageDto } from './dto/signing-key.dto';
import { SigningKeysService } from './signing-keys.service';

@ApiTags('9. Standards and operation')
@Controller('v1/admin/signing-keys')
export class SigningKeysController {
  constructor(private readonly signingKeys: SigningKeysService) {}

  /** The signing keys and what becomes of them. Newest first; one page has them all. */
  @RequirePermissions('keys:read')
  @RequireMfa({ maxAge: RECENT_SECONDS })
  @Get()
  @ApiOkResponse({ type: SigningKeyPageDto, description: 'States and times; the keys themselves are never shown' })
  list(): Promise<SigningKeyPageDto> {
    return this.signingKeys.list();
  }

  /** Sign with the next key. At once if it has been in the JWKS for twice its `max-age`, else as soon as it has: `activeFrom` of the answer says when. Tokens from before stay good, unless keys are `compromised`. */
  @RequirePermissions('keys:write')
  @RequireMfa({ maxAge: RECENT_SECONDS })
  @Post('rotate')
  @HttpCode(200)
  @ApiBody({ type: RotateSigningKeysDto, required: false })
  @ApiOkResponse({ type: SigningKeyPageDto, description: 'The keys as they are now' })
  rotate(
    @CurrentPrincipal() principal: Principal,
    @Body() body: RotateSigningKeysDto,
    @Client() client: ClientInfo,
  ): Promise<SigningKeyPageDto> {
    return this.signingKeys.rotate(body.compromised === true, principal, client);
  }
}
