import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { AT_A_GLANCE } from '../../platform/errors/validation';
import { IsGiven } from '../../platform/http/is-given.decorator';

const MAX_LENGTH = 512;

export class RefreshDto {
  /** Left out where it travels in the cookie `__Host-csr`. */
  @ApiPropertyOptional({ example: 'csr_AAAAAQGWq3…' })
  @IsGiven()
  @IsString()
  @MaxLength(MAX_LENGTH)
  refreshToken?: string;

  /** A text of that length, and nothing beside it. */
  static [AT_A_GLANCE](body: unknown): RefreshDto | undefined {
    if (typeof body !== 'object' || body === null || Object.getPrototypeOf(body) !== Object.prototype) return undefined;
    const { refreshToken } = body as RefreshDto;
    if (typeof refreshToken !== 'string' || refreshToken.length > MAX_LENGTH) return undefined;
    return Object.keys(body).length === 1 ? Object.assign(new RefreshDto(), { refreshToken }) : undefined;
  }
}
