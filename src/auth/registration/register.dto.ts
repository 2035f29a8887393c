import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsEmail, IsLocale, IsPhoneNumber, IsString, Length, Matches, MaxLength } from 'class-validator';
import { IsGiven } from '../../platform/http/is-given.decorator';
import { UserDto } from '../../users/profile/dto/user.dto';
import { IsUsername } from '../dto/username.validator';

export class RegisterDto {
  /** 3 to 64 letters, digits, `.`, `_`, `-`; unique whatever its case. */
  @ApiProperty({ example: 'ada.lovelace' })
  @IsUsername()
  username!: string;

  /** 8 to 256 characters of any kind, not one of the common ones, and not built on your name. */
  @ApiProperty({ example: 'a loom that weaves algebra' })
  @IsString()
  @MaxLength(2048)
  @Matches(/^\P{Cs}*$/u, { message: 'password must be well-formed Unicode' })
  password!: string;

  /** Gets a message with a link that verifies it. */
  @ApiPropertyOptional({ example: 'ada@example.com' })
  @IsGiven()
  @IsEmail()
  @MaxLength(254)
  email?: string;

  /** E.164. */
  @ApiPropertyOptional({ example: '+4915112345678' })
  @IsGiven()
  @Matches(/^\+[1-9][0-9]{6,14}$/, { message: 'phone must be in E.164, like +4915112345678' })
  @IsPhoneNumber(undefined, { message: 'phone must be a phone number in E.164, like +4915112345678' })
  phone?: string;

  @ApiPropertyOptional({ example: 'Ada Lovelace' })
  @IsGiven()
  @IsString()
  @Length(1, 128)
  @Matches(/^\P{Cs}*$/u, { message: 'displayName must be well-formed Unicode' })
  displayName?: string;

  /** BCP 47. */
  @ApiPropertyOptional({ example: 'en-GB' })
  @IsGiven()
  @IsString()
  @Length(2, 35)
  @IsLocale()
  locale?: string;
}

export class RegisteredDto {
  user!: UserDto;
}
