import { Body, Controller, Headers, HttpCode, Post, UseFilters } from '@nestjs/common';
import { ApiConsumes, ApiOkResponse, ApiBody, ApiResponse, ApiTags } from '@nestjs/swagger';
import { AcceptsForm } from '../../platform/http/accepts-form.decorator';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { Public } from '../../platform/http/public.decorator';
import { ApiClientAuthentication } from '../../platform/openapi/security-schemes';
import { IntrospectionAnswerDto, IntrospectionRequestDto, OAuthErrorDto } from './dto/introspection.dto';
import type { IntrospectionAnswer } from './introspection-answer';
import { IntrospectionService } from './introspection.service';
import { OAuthErrorFilter } from './oauth-error.filter';

@ApiTags('9. Standards and operation')
@UseFilters(OAuthErrorFilter)
@Controller('oauth')
export class IntrospectionController {
  constructor(private readonly introspection: IntrospectionService) {}

  /**
   * Whether an access token is good at this moment, and what it says (RFC 7662). For resource servers that must know of a
   * logout at once. `npm run clients:create` makes a client. A token that is not live, or not for an audience of this client,
   * is just not active.
   */
  @Public()
  @Post('introspect')
  @HttpCode(200)
  @AcceptsForm()
  @ApiClientAuthentication()
  @ApiProblems('rate_limited')
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: IntrospectionRequestDto })
  @ApiOkResponse({ type: IntrospectionAnswerDto, description: 'What the token says, or just that it is not active' })
  @ApiResponse({ status: 400, type: OAuthErrorDto, description: '`invalid_request`' })
  @ApiResponse({
    status: 401,
    type: OAuthErrorDto,
    description: '`invalid_client`',
    headers: { 'WWW-Authenticate': { description: '`Basic`, by RFC 7617.', schema: { type: 'string' } } },
  })
  introspect(
    @Headers('authorization') authorization: string | undefined,
    @Body() form: unknown,
    @Client() { ip }: ClientInfo,
  ): Promise<IntrospectionAnswer> {
    return this.introspection.answer(authorization, form, ip);
  }
}
