import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RECENT_SECONDS } from '../../access/assurance';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { RequireMfa } from '../../access/require-mfa.decorator';
import { RequirePermissions } from '../../access/require-permissions.decorator';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { IdParam } from '../../platform/http/id-param.decorator';
import { ChangeAccountService } from './change-account.service';
import { CreateAccountService } from './create-account.service';
import { DeleteAccountService } from './delete-account.service';
import {
  AccountQueryDto,
  AdministeredAccountDto,
  AdministeredAccountPageDto,
  ChangeAccountDto,
  CreateAccountDto,
} from './dto/administered-account.dto';
import { LookUpAccountsService } from './look-up-accounts.service';

@ApiTags('8. Administration')
@Controller('v1/admin/users')
export class AccountsController {
  constructor(
    private readonly accounts: LookUpAccountsService,
    private readonly creating: CreateAccountService,
    private readonly changing: ChangeAccountService,
    private readonly deleting: DeleteAccountService,
  ) {}

  /** Look for accounts. By a part of the username or of an address. */
  @RequirePermissions('users:read')
  @RequireMfa()
  @Get()
  @ApiOkResponse({ type: AdministeredAccountPageDto, description: 'Accounts, newest first' })
  list(@Query() query: AccountQueryDto): Promise<AdministeredAccountPageDto> {
    return this.accounts.list(query);
  }

  /** See an account. */
  @RequirePermissions('users:read')
  @RequireMfa()
  @Get(':id')
  @ApiOkResponse({ type: AdministeredAccountDto, description: 'The account' })
  find(@IdParam() id: string): Promise<AdministeredAccountDto> {
    return this.accounts.find(id);
  }

  /** Make an account. Its owner chooses the password by a link that goes to the e-mail address and lasts 24 hours. A role that demands a second factor is given later, once there is one. */
  @RequirePermissions('users:write')
  @RequireMfa({ maxAge: RECENT_SECONDS })
  @Post()
  @ApiCreatedResponse({ type: AdministeredAccountDto, description: 'The account. It has no password yet' })
  @ApiProblems('username_taken', 'mfa_not_enrolled')
  create(
    @CurrentPrincipal() principal: Principal,
    @Client() client: ClientInfo,
    @Body() body: CreateAccountDto,
  ): Promise<AdministeredAccountDto> {
    return this.creating.create({ principal, client }, body);
  }

  /** Change roles, or disable or enable. Tokens from before are refused at once. Only for accounts, and only with roles, that allow nothing beyond your own; never for yourself. */
  @RequirePermissions('users:write')
  @RequireMfa({ maxAge: RECENT_SECONDS })
  @Patch(':id')
  @ApiOkResponse({ type: AdministeredAccountDto, description: 'The account as it is now' })
  @ApiProblems('mfa_not_enrolled', 'last_administrator')
  change(
    @CurrentPrincipal() principal: Principal,
    @Client() client: ClientInfo,
    @IdParam() id: string,
    @Body() body: ChangeAccountDto,
  ): Promise<AdministeredAccountDto> {
    return this.changing.change({ principal, client }, id, body);
  }

  /** Delete an account. All that belongs to it goes, and its tokens are refused at once. What the audit log says of it stays. */
  @RequirePermissions('users:write')
  @RequireMfa({ maxAge: RECENT_SECONDS })
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Gone' })
  @ApiProblems('last_administrator')
  delete(@CurrentPrincipal() principal: Principal, @Client() client: ClientInfo, @IdParam() id: string): Promise<void> {
    return this.deleting.delete({ principal, client }, id);
  }
}
