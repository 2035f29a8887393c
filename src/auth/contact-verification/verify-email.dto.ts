import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

export class VerifyEmailDto {
  /** From the link, behind `#verify-email=`. */
  @ApiProperty({ example: 'Qm9-q3nVx0u2Yw8Zt6Lr1Kp5Sd7Fg4Hj9Cb0Na2Me3' })
  @IsString()
  @Length(1, 128)
  token!: string;
}
