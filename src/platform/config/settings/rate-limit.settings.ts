import { IsBoolean, Matches } from 'class-validator';
import type { RateLimitGroup } from '../../rate-limits/rate-limit-group';
import { Setting } from '../setting.decorator';

const LIMIT = /^[1-9]\d{0,6}\/[1-9]\d{0,4}$/;
const MESSAGE = { message: 'it must be requests/seconds, such as 60/60' };

export interface WindowLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** How many requests a client address may make. `requests/seconds`; the seconds begin with the first request. */
export class RateLimitSettings {
  @Setting({
    name: 'RATE_LIMITS',
    default: 'on',
    type: 'boolean',
    description:
      '`off` takes the limits by client address away, for load tests; those of accounts, factors and challenges stay. Refused in production.',
  })
  @IsBoolean()
  isOn!: boolean;

  @Setting({
    name: 'RATE_LIMIT_CREDENTIALS',
    default: '60/60',
    description:
      'Passwords and passkeys shown from one address (an IPv6 /64 counts as one): sign-in, reauthentication, change of the password. `requests/seconds`, like all of these.',
  })
  @Matches(LIMIT, MESSAGE)
  credentials!: string;

  @Setting({
    name: 'RATE_LIMIT_REGISTRATION',
    default: '60/600',
    description: 'Accounts registered from one address.',
  })
  @Matches(LIMIT, MESSAGE)
  registration!: string;

  @Setting({
    name: 'RATE_LIMIT_RECOVERY',
    default: '30/600',
    description: 'Links for forgotten passwords and new addresses, asked for and used, from one address.',
  })
  @Matches(LIMIT, MESSAGE)
  recovery!: string;

  @Setting({
    name: 'RATE_LIMIT_SECOND_FACTOR',
    default: '120/60',
    description: 'Second factors begun, verified and enrolled from one address.',
  })
  @Matches(LIMIT, MESSAGE)
  secondFactor!: string;

  @Setting({
    name: 'RATE_LIMIT_REFRESH',
    default: '600/60',
    description: 'Refreshes and logouts from one address.',
  })
  @Matches(LIMIT, MESSAGE)
  refresh!: string;

  @Setting({
    name: 'RATE_LIMIT_CLIENT_SECRETS',
    default: '20/60',
    description: 'Wrong client credentials at `POST /oauth/introspect` from one address. Right ones are not counted.',
  })
  @Matches(LIMIT, MESSAGE)
  clientSecrets!: string;

  limitOf(group: RateLimitGroup): WindowLimit {
    const [requests, seconds] = this.textOf(group).split('/');
    return { requests: Number(requests), seconds: Number(seconds) };
  }

  private textOf(group: RateLimitGroup): string {
    switch (group) {
      case 'credentials':
        return this.credentials;
      case 'registration':
        return this.registration;
      case 'recovery':
        return this.recovery;
      case 'second-factor':
        return this.secondFactor;
      case 'refresh':
        return this.refresh;
      case 'client-secrets':
        return this.clientSecrets;
    }
  }
}
