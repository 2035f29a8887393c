import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsNewPassword } from '../dto/is-new-password.validator';

export class ChangePasswordDto {
  @ApiProperty({ example: 'a loom that weaves algebra' })
  @IsString()
  @MaxLength(2048)
  currentPassword!: string;

  @IsNewPassword()
  newPassword!: string;
}
