import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsLocale, IsString, Length, Matches } from 'class-validator';
import { IsGiven } from '../../platform/http/is-given.decorator';
import { UserDto } from '../../users/profile/dto/user.dto';
import { IsUsername } from '../../users/accounts/username.validator';
import { IsNewPassword } from '../dto/is-new-password.validator';
import { IsMailAddress } from '../../users/accounts/mail-address.validator';
import { IsE164PhoneNumber } from '../../users/accounts/phone-number.validator';

export class RegisterDto {
  /** 3 to 64 letters, digits, `.`, `_`, `-`; unique whatever its case. */
  @ApiProperty({ example: 'ada.lovelace' })
  @IsUsername()
  username!: string;

  @IsNewPassword()
  password!: string;

  /** Gets a message with a link that verifies it. */
  @ApiPropertyOptional({ example: 'ada@example.com' })
  @IsGiven()
  @IsMailAddress()
  email?: string;

  /** E.164. A mobile number gets a code that verifies it. */
  @ApiPropertyOptional({ example: '+4915112345678' })
  @IsGiven()
  @IsE164PhoneNumber()
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
