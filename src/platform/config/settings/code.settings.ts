import { IsInt, Min } from 'class-validator';
import { Setting } from '../setting.decorator';

/** How many codes leave by e-mail and SMS. A span of time begins with the first message in it. */
export class CodeSettings {
  @Setting({
    name: 'CODES_PER_ACCOUNT',
    default: '10',
    type: 'integer',
    description: 'Codes that an account is sent in an hour by e-mail, and as many by SMS.',
  })
  @IsInt()
  @Min(1)
  perAccount!: number;

  @Setting({
    name: 'CODES_PER_DESTINATION',
    default: '5',
    type: 'integer',
    description:
      'Codes to one address or number in 15 minutes: of all accounts together until it is proven, of the account afterwards.',
  })
  @IsInt()
  @Min(1)
  perDestination!: number;

  @Setting({
    name: 'CODES_PER_DESTINATION_DAY',
    default: '20',
    type: 'integer',
    description: 'The same in 24 hours.',
  })
  @IsInt()
  @Min(1)
  perDestinationDay!: number;

  @Setting({
    name: 'SMS_PER_MINUTE',
    default: '30',
    type: 'integer',
    description: 'Codes by SMS in a minute, of all accounts together: what they may cost. Half is kept for signing in.',
  })
  @IsInt()
  @Min(1)
  smsPerMinute!: number;

  @Setting({ name: 'SMS_PER_HOUR', default: '300', type: 'integer', description: 'The same in an hour.' })
  @IsInt()
  @Min(1)
  smsPerHour!: number;

  @Setting({ name: 'SMS_PER_DAY', default: '1000', type: 'integer', description: 'The same in 24 hours.' })
  @IsInt()
  @Min(1)
  smsPerDay!: number;
}
