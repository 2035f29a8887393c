import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DomainEvents } from './domain-events';
import { EventDispatcher } from './event-dispatcher';
import { EventHandlers } from './event-handlers';
import { EventMetrics } from './event-metrics';
import { EventStore } from './event.store';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [DomainEvents, EventDispatcher, EventHandlers, EventMetrics, EventStore],
  exports: [DomainEvents],
})
export class EventsModule {}
