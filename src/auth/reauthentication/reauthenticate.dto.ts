import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';

export class ReauthenticateDto {
  @ApiProperty({ example: 'a loom that weaves algebra' })
  @IsString()
  @MaxLength(2048)
  password!: string;
}
