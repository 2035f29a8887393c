import { IsIn, IsInt, IsString, Max, Min, ArrayNotEmpty } from 'class-validator';
import { Setting } from '../setting.decorator';

/** Which factors, for whom, and how long they hold. Durations in seconds. */
export class MfaSettings {
  @Setting({
    name: 'MFA_POLICY',
    default: 'optional',
    description: '`optional`, or `required`: every account must have a second factor.',
  })
  @IsIn(['optional', 'required'])
  policy!: 'optional' | 'required';

  @Setting({
    name: 'MFA_REQUIRED_ROLES',
    default: 'admin,auditor',
    type: 'list',
    description: 'Roles whose accounts must always have a second factor, comma-separated.',
  })
  @IsString({ each: true })
  requiredRoles!: string[];

  @Setting({
    name: 'MFA_FACTORS',
    default: 'totp,webauthn,email,sms,recovery_code',
    type: 'list',
    description:
      'Factor types that may be enrolled and used, comma-separated. Leave `email` out for AAL2 of NIST SP 800-63B-4; `sms` needs a stronger one beside it.',
  })
  @ArrayNotEmpty()
  @IsString({ each: true })
  factors!: string[];

  @Setting({
    name: 'MFA_MAX_AGE',
    default: '86400',
    type: 'integer',
    description: 'Seconds for which a verified second factor counts (24 h).',
  })
  @IsInt()
  @Min(60)
  maxAge!: number;

  @Setting({
    name: 'MFA_IDLE_TIMEOUT',
    default: '3600',
    type: 'integer',
    description: 'Seconds without a refresh after which the second factor has to be verified again (1 h).',
  })
  @IsInt()
  @Min(60)
  idleTimeout!: number;

  @Setting({
    name: 'MFA_WHEN_STALE',
    default: 'lower',
    description:
      'What a refresh does with a stale second factor: `lower` the assurance, or `challenge`. `MFA_REQUIRED_ROLES` are always challenged.',
  })
  @IsIn(['lower', 'challenge'])
  whenStale!: 'lower' | 'challenge';

  @Setting({
    name: 'CHALLENGE_TTL',
    default: '300',
    type: 'integer',
    description: 'Life of a challenge in seconds, 30 to 900.',
  })
  @IsInt()
  @Min(30)
  @Max(900)
  challengeTtl!: number;

  @Setting({
    name: 'CHALLENGE_MAX_ATTEMPTS',
    default: '5',
    type: 'integer',
    description: 'Tries a challenge allows, 1 to 20.',
  })
  @IsInt()
  @Min(1)
  @Max(20)
  challengeMaxAttempts!: number;

  @Setting({
    name: 'FACTOR_MAX_FAILURES',
    default: '10',
    type: 'integer',
    description:
      'Consecutive failures of a factor, over all challenges and sessions, before it is locked by growing steps; 3 to 100.',
  })
  @IsInt()
  @Min(3)
  @Max(100)
  factorMaxFailures!: number;

  /** Those of the roles whose accounts must always have a second factor. */
  rolesThatDemandFactor(roles: readonly string[]): string[] {
    return roles.filter((role) => this.requiredRoles.includes(role));
  }

  /** Whether an account with these roles must have a second factor, by policy or by role. */
  demandsFactor(roles: readonly string[]): boolean {
    return this.policy === 'required' || this.rolesThatDemandFactor(roles).length > 0;
  }
}
