import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { IsGiven } from '../../platform/http/is-given.decorator';

export class OutboxQueryDto {
  /** Only messages to this address or number. */
  @ApiPropertyOptional({ example: 'ada@example.com' })
  @IsGiven()
  @IsString()
  @MaxLength(254)
  to?: string;
}

/** What is to be read out of a message. */
export class MessageDataDto {
  @ApiPropertyOptional({ example: '492039' })
  code?: string;

  @ApiPropertyOptional({ example: 'Qm9-q3nVx0u2Yw8Zt6Lr1Kp5Sd7Fg4Hj9Cb0Na2Me3' })
  token?: string;
}

export class OutboxMessageDto {
  @ApiProperty({ enum: ['email', 'sms'] })
  channel!: 'email' | 'sms';

  @ApiProperty({ example: 'ada@example.com' })
  to!: string;

  @ApiProperty({ example: 'Countersign: confirm your address' })
  subject!: string;

  @ApiProperty({ example: 'Confirm it within 24 hours while you are signed in: …' })
  text!: string;

  @ApiPropertyOptional({ example: '<p>Confirm it within 24 hours while you are signed in: …</p>' })
  html?: string;

  data!: MessageDataDto;

  at!: Date;
}

export class OutboxDto {
  items!: OutboxMessageDto[];
}

export class TotpSecretDto {
  /** Base32, as enrollment gave it. */
  @ApiProperty({ example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })
  @Matches(/^[A-Z2-7]{26,128}$/, { message: 'secret must be base32, as enrollment gave it' })
  secret!: string;
}

export class TotpCodeDto {
  @ApiProperty({ example: '492039' })
  code!: string;

  /** Of the time step after: good already, and for who used up the first. */
  @ApiProperty({ example: '118243' })
  nextCode!: string;

  @ApiProperty({ type: 'integer', example: 17 })
  secondsLeft!: number;
}
