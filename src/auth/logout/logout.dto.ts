import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsGiven } from '../../platform/http/is-given.decorator';

export class LogoutDto {
  /** Instead of, or beside, a token in the `Authorization` header. */
  @ApiPropertyOptional()
  @IsGiven()
  @IsString()
  @MaxLength(512)
  refreshToken?: string;
}
