import { IsOptional, Matches } from 'class-validator';
import { Setting } from '../setting.decorator';

const USER_INFO = String.raw`([^\s/@?#]*@)?`;
const HOST = String.raw`(\[[0-9a-fA-F:.]+\]|[^\s/@:?#[\]]+)`;

/** What replicas share beside the database. Nothing is lost with it. */
export class RedisSettings {
  @Setting({
    name: 'REDIS_URL',
    description:
      'Redis 6 or later, `redis://…`, or `rediss://…` over TLS. With it a revocation reaches the other replicas at once instead of within a second, and replicas count client addresses together.',
  })
  @IsOptional()
  @Matches(new RegExp(String.raw`^rediss?://${USER_INFO}${HOST}(:\d{1,5})?(/\d{0,3})?$`), {
    message: 'it must be redis://[user:password@]host[:port][/database], or rediss:// over TLS',
  })
  url?: string;
}
