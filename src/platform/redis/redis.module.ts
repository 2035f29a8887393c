import { Global, Module } from '@nestjs/common';
import { Hints } from './hints';
import { RedisConnections } from './redis-connections';
import { RedisHints } from './redis-hints';

@Global()
@Module({
  providers: [RedisConnections, { provide: Hints, useClass: RedisHints }],
  exports: [RedisConnections, Hints],
})
export class RedisModule {}
