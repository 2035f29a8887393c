import { IsIn, IsInt, Max, Min } from 'class-validator';
import { availableParallelism } from 'node:os';
import { Setting } from '../setting.decorator';

/** Registration and passwords. */
export class AccountSettings {
  @Setting({ name: 'REGISTRATION', default: 'open', description: '`open` or `closed`.' })
  @IsIn(['open', 'closed'])
  registration!: 'open' | 'closed';

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
    default: () => String(Math.min(availableParallelism(), 4)),
    defaultInWords: 'number of cores, at most 4',
    type: 'integer',
    description: 'Passwords hashed at once, 1 to 4 (more only wait for each other in the thread pool).',
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
