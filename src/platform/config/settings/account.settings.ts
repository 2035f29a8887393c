import { IsIn, IsInt, IsOptional, IsUrl, Matches, Max, Min } from 'class-validator';
import { availableParallelism } from 'node:os';
import { Setting } from '../setting.decorator';

/** Registration and passwords. */
export class AccountSettings {
  @Setting({ name: 'REGISTRATION', default: 'open', description: '`open` or `closed`.' })
  @IsIn(['open', 'closed'])
  registration!: 'open' | 'closed';

  @Setting({
    name: 'BREACHED_PASSWORDS_URL',
    description:
      'Where new passwords are looked up among those known from breaches, e.g. `https://api.pwnedpasswords.com/range`, or a mirror: five digits of a hash are sent, never the password. When it does not answer, the password is taken.',
  })
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  @Matches(/^[^?#]*$/, { message: 'it must have no query: the digits are added to its path' })
  breachedPasswordsUrl?: string;

  @Setting({
    name: 'LOGIN_MAX_FAILURES',
    default: '10',
    type: 'integer',
    description:
      'Consecutive wrong passwords of an account before it takes none for a growing while, 30 s to an hour; 3 to 100. A known device is spared, and has as many of its own.',
  })
  @IsInt()
  @Min(3)
  @Max(100)
  loginMaxFailures!: number;

  @Setting({
    name: 'ARGON2_MEMORY_KIB',
    default: '19456',
    type: 'integer',
    description: 'argon2id memory in KiB. Less than the default is refused in production.',
  })
  @IsInt()
  @Min(8)
  @Max(1048576)
  argon2MemoryKib!: number;

  @Setting({
    name: 'ARGON2_TIME',
    default: '2',
    type: 'integer',
    description: 'argon2id passes. Less than the default is refused in production.',
  })
  @IsInt()
  @Min(1)
  @Max(20)
  argon2Time!: number;

  @Setting({ name: 'ARGON2_PARALLELISM', default: '1', type: 'integer', description: 'argon2id lanes.' })
  @IsInt()
  @Min(1)
  @Max(16)
  argon2Parallelism!: number;

  @Setting({
    name: 'HASH_CONCURRENCY',
    default: () => String(Math.min(Math.max(availableParallelism() - 1, 1), 4)),
    defaultInWords: 'number of cores less one, 1 to 4',
    type: 'integer',
    description:
      'Passwords hashed at once, 1 to 4 (more only wait for each other in the thread pool). The core left over keeps everything else quick while logins flood in (docs/login-load.md).',
  })
  @IsInt()
  @Min(1)
  @Max(4)
  hashConcurrency!: number;

  @Setting({
    name: 'HASH_QUEUE',
    default: '64',
    type: 'integer',
    description: 'Passwords that may wait to be hashed; past it, 503 `service_busy`.',
  })
  @IsInt()
  @Min(1)
  @Max(10000)
  hashQueue!: number;
}
