import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsLocale, IsString, Length, Matches, ValidateIf } from 'class-validator';
import type { AccountProfile } from '../../accounts/account';

/** An account as its owner sees it. */
export class UserDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'ada.lovelace' })
  username!: string;

  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' })
  displayName!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'en-GB' })
  locale!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'ada@example.com' })
  email!: string | null;

  emailVerified!: boolean;

  @ApiProperty({ type: String, nullable: true, example: '+4915112345678' })
  phone!: string | null;

  phoneVerified!: boolean;

  @ApiProperty({ example: ['user'] })
  roles!: string[];

  mfaEnrolled!: boolean;

  createdAt!: Date;
}

/** `null` takes a value away. */
export class UpdateProfileDto {
  @ApiPropertyOptional({ type: String, nullable: true, example: 'Ada Lovelace' })
  @ValidateIf((_, value) => value !== undefined && value !== null)
  @IsString()
  @Length(1, 128)
  @Matches(/^\P{Cs}*$/u, { message: 'displayName must be well-formed Unicode' })
  displayName?: string | null;

  /** BCP 47. */
  @ApiPropertyOptional({ type: String, nullable: true, example: 'en-GB' })
  @ValidateIf((_, value) => value !== undefined && value !== null)
  @IsString()
  @Length(2, 35)
  @IsLocale()
  locale?: string | null;
}

export function toUserDto(account: AccountProfile): UserDto {
  const { id, username, displayName, locale, email, emailVerified, phone, phoneVerified, mfaEnrolled, createdAt } =
    account;
  return {
    id,
    username,
    displayName,
    locale,
    email,
    emailVerified,
    phone,
    phoneVerified,
    roles: [...account.roles],
    mfaEnrolled,
    createdAt,
  };
}
