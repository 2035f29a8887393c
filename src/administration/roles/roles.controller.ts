import { Body, Controller, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RECENT_SECONDS } from '../../access/assurance';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { RequireMfa } from '../../access/require-mfa.decorator';
import { RequirePermissions } from '../../access/require-permissions.decorator';
import { Client, type ClientInfo } from '../../platform/http/client-info';
import { PutRoleDto, RoleDto, RolePageDto } from './dto/role.dto';
import { toRoleDto } from './role-view';
import { RolesService } from './roles.service';

@ApiTags('8. Administration')
@RequirePermissions('users:write')
@RequireMfa({ maxAge: RECENT_SECONDS })
@Controller('v1/admin/roles')
export class RolesController {
  constructor(private readonly roles: RolesService) {}

  /** The roles and what they allow. One page has them all; `admin` has every permission there is. */
  @Get()
  @ApiOkResponse({ type: RolePageDto, description: 'Roles by name' })
  async list(): Promise<RolePageDto> {
    return { items: (await this.roles.list()).map(toRoleDto), nextCursor: null };
  }

  /** Make or change a role. Only with permissions that you have yourself; `admin` stays as it is. Whoever holds the role needs new tokens at once. */
  @Put(':name')
  @ApiOkResponse({ type: RoleDto, description: 'The role as it is now' })
  async put(
    @CurrentPrincipal() principal: Principal,
    @Client() client: ClientInfo,
    @Param('name') name: string,
    @Body() { permissions }: PutRoleDto,
  ): Promise<RoleDto> {
    return toRoleDto(await this.roles.put({ principal, client }, name, permissions));
  }

  /** Delete a role. It is taken from every account that holds it. `user`, `admin` and `auditor` stay. */
  @Delete(':name')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'Nobody has it any more' })
  delete(
    @CurrentPrincipal() principal: Principal,
    @Client() client: ClientInfo,
    @Param('name') name: string,
  ): Promise<void> {
    return this.roles.delete({ principal, client }, name);
  }
}
