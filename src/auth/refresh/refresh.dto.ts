import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';

export class RefreshDto {
  @ApiProperty({ example: 'csr_AAAAAQGWq3…' })
  @IsString()
  @MaxLength(512)
  refreshToken!: string;
}
