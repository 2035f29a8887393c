import { ApiProperty } from '@nestjs/swagger';
import { type Acr, ACR_LADDER } from '../../../access/principal';
import { PageDto } from '../../../platform/http/page.dto';

export class SessionDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /** The one that this request came by. */
  current!: boolean;

  /** What its next access token would say. */
  @ApiProperty({ enum: ACR_LADDER, enumName: 'Acr', example: 'aal2' })
  acr!: Acr;

  /** RFC 8176 values, and private names where it has none. */
  @ApiProperty({ example: ['pwd', 'otp', 'mfa'] })
  amr!: string[];

  createdAt!: Date;

  /** The last sign-in, refresh or verified factor. */
  lastUsedAt!: Date;

  /** Where it was last used from: sign-in, refresh, verified factor. */
  @ApiProperty({ example: '203.0.113.7' })
  ip!: string;

  /** As the client called itself then; anybody may call themselves anything. */
  @ApiProperty({ example: 'Chrome on Windows' })
  device!: string;
}

export class SessionPageDto extends PageDto {
  items!: SessionDto[];
}
