import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsString, Length, MaxLength } from 'class-validator';
import { FactorDto } from '../../../mfa/factors/dto/factor.dto';
import { IsGiven } from '../../../platform/http/is-given.decorator';
import { PageDto, PageQueryDto } from '../../../platform/http/page.dto';
import type { AccountStatus } from '../../../users/accounts/account';
import { IsUsername } from '../../../users/accounts/username.validator';
import { UserDto } from '../../../users/profile/dto/user.dto';
import { IsMailAddress } from '../../../users/accounts/mail-address.validator';
import { IsE164PhoneNumber } from '../../../users/accounts/phone-number.validator';

/** An account as an administrator sees it. */
export class AdministeredAccountDto extends UserDto {
  /** Nobody signs in with a `disabled` one, and its tokens are refused. */
  @ApiProperty({ enum: ['active', 'disabled'], enumName: 'AccountStatus' })
  status!: AccountStatus;

  /** Its active second factors. */
  factors!: FactorDto[];

  /** The last sign-in that was completed. */
  @ApiProperty({ type: Date, nullable: true })
  lastLoginAt!: Date | null;

  /** Until then at least one way in is locked after wrong attempts. */
  @ApiProperty({ type: Date, nullable: true })
  lockedUntil!: Date | null;
}

export class AdministeredAccountPageDto extends PageDto {
  items!: AdministeredAccountDto[];
}

export class AccountQueryDto extends PageQueryDto {
  /** A part of the username or of an address, in any case. */
  @ApiPropertyOptional({ example: 'lovelace' })
  @IsGiven()
  @IsString()
  @Length(1, 254)
  search?: string;
}

/** Names of roles. */
function IsRoleList(): PropertyDecorator {
  return (target, property) => {
    IsArray()(target, property);
    ArrayMaxSize(64)(target, property);
    ArrayUnique()(target, property);
    IsString({ each: true })(target, property);
    MaxLength(64, { each: true })(target, property);
  };
}

export class CreateAccountDto {
  /** 3 to 64 letters, digits, `.`, `_`, `-`; unique whatever its case. */
  @ApiProperty({ example: 'grace.hopper' })
  @IsUsername()
  username!: string;

  /** Gets the link to choose a password. */
  @ApiPropertyOptional({ example: 'grace@example.com' })
  @IsGiven()
  @IsMailAddress()
  email?: string;

  /** E.164. */
  @ApiPropertyOptional({ example: '+4915112345678' })
  @IsGiven()
  @IsE164PhoneNumber()
  phone?: string;

  /** Exactly these; `user` alone unless said. */
  @ApiPropertyOptional({ type: [String], example: ['user'] })
  @IsGiven()
  @IsRoleList()
  roles?: string[];
}

/** What is left out stays. */
export class ChangeAccountDto {
  /** Exactly these from now on. */
  @ApiPropertyOptional({ type: [String], example: ['user', 'auditor'] })
  @IsGiven()
  @IsRoleList()
  roles?: string[];

  @ApiPropertyOptional({ enum: ['active', 'disabled'], enumName: 'AccountStatus' })
  @IsGiven()
  @IsIn(['active', 'disabled'])
  status?: AccountStatus;
}
