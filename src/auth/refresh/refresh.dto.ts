import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsGiven } from '../../platform/http/is-given.decorator';

export class RefreshDto {
  /** Left out where it travels in the cookie `__Host-csr`. */
  @ApiPropertyOptional({ example: 'csr_AAAAAQGWq3…' })
  @IsGiven()
  @IsString()
  @MaxLength(512)
  refreshToken?: string;
}
