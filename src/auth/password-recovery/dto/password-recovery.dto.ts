import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { IsNewPassword } from '../../dto/is-new-password.validator';

export class ForgotPasswordDto {
  /** A username; with `@`, a verified e-mail address. */
  @ApiProperty({ example: 'ada.lovelace' })
  @IsString()
  @Length(1, 254)
  // What the database cannot hold is refused before the answer, not after it.
  @Matches(/^\P{Cc}*$/u, { message: 'identifier must not contain control characters' })
  identifier!: string;
}

export class ResetPasswordDto {
  /** From the link, behind `#reset-password=`. */
  @ApiProperty({ example: 'Qm9-q3nVx0u2Yw8Zt6Lr1Kp5Sd7Fg4Hj9Cb0Na2Me3' })
  @IsString()
  @Length(1, 128)
  token!: string;

  @IsNewPassword()
  newPassword!: string;
}
