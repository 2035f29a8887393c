import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length, MaxLength } from 'class-validator';
import { IsGiven } from '../../platform/http/is-given.decorator';

export class LoginDto {
  /** A username; with `@`, a verified e-mail address. */
  @ApiProperty({ example: 'ada.lovelace' })
  @IsString()
  @Length(1, 254)
  identifier!: string;

  @ApiProperty({ example: 'a loom that weaves algebra' })
  @IsString()
  @MaxLength(2048)
  password!: string;

  /** From an earlier sign-in on this device: spares it from the lock that wrong passwords of others lead to. */
  @ApiPropertyOptional()
  @IsGiven()
  @IsString()
  @MaxLength(512)
  deviceToken?: string;
}
