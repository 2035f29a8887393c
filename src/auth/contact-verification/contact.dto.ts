import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { IsMailAddress } from '../../users/accounts/mail-address.validator';

export class ChangeEmailDto {
  @ApiProperty({ format: 'email', example: 'ada@new.example' })
  @IsMailAddress()
  email!: string;
}

export class ChangePhoneDto {
  /** A mobile number with its country code. */
  @ApiProperty({ example: '+4915112345679' })
  @IsString()
  @MaxLength(32)
  @Matches(/^\+/, { message: 'phone must begin with + and the country code, like +49 151 12345678' })
  phone!: string;
}

export class VerifyPhoneDto {
  /** From the text message. */
  @ApiProperty({ example: '123456' })
  @Matches(/^[0-9]{6}$/, { message: 'code must be a string of exactly six digits' })
  code!: string;
}
