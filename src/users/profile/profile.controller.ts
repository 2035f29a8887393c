import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../access/current-principal.decorator';
import type { Principal } from '../../access/principal';
import { ApiProblems } from '../../platform/errors/api-problems.decorator';
import { toUserDto, UpdateProfileDto, UserDto } from './dto/user.dto';
import { ProfileService } from './profile.service';

@ApiTags('6. Your account')
@Controller('v1/users/me')
export class ProfileController {
  constructor(private readonly profiles: ProfileService) {}

  /** Your account. */
  @Get()
  @ApiOkResponse({ type: UserDto, description: 'The account' })
  @ApiProblems('not_found')
  async profile(@CurrentPrincipal() { userId }: Principal): Promise<UserDto> {
    return toUserDto(await this.profiles.profile(userId));
  }

  /** Change your display name or language. */
  @Patch()
  @ApiOkResponse({ type: UserDto, description: 'The account as it is now' })
  @ApiProblems('not_found')
  async update(@CurrentPrincipal() { userId }: Principal, @Body() body: UpdateProfileDto): Promise<UserDto> {
    return toUserDto(await this.profiles.update(userId, body));
  }
}
