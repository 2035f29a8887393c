import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { DomainEvent } from './domain-event';
import { subscriptionsOf } from './on-event.decorator';

export interface EventHandler {
  /** `Class.method`: by it the outbox remembers who has finished. */
  readonly name: string;
  readonly handle: (event: DomainEvent) => Promise<void>;
}

/** Every `@OnEvent` method among the providers of all modules. */
@Injectable()
export class EventHandlers implements OnModuleInit {
  private readonly handlers = new Map<string, EventHandler[]>();
  private isScanned = false;

  constructor(private readonly discovery: DiscoveryService) {}

  /** @throws Error when two handlers have one name, or one is made for each request */
  onModuleInit(): void {
    const seen = new Set<unknown>();
    const names = new Set<string>();
    const problems: string[] = [];
    for (const wrapper of this.discovery.getProviders()) {
      const { metatype } = wrapper;
      if (typeof metatype !== 'function' || !(metatype.prototype instanceof Object) || seen.has(wrapper.instance))
        continue;
      for (const [method, event] of subscriptionsOf(metatype.prototype as object)) {
        const name = `${metatype.name}.${method}`;
        if (!wrapper.isDependencyTreeStatic()) {
          problems.push(`${name} handles events: its class must be one for all requests, not one for each`);
          continue;
        }
        seen.add(wrapper.instance);
        if (names.has(name)) problems.push(`Two providers are called ${metatype.name}, and both handle events`);
        names.add(name);
        const instance = wrapper.instance as Record<string, EventHandler['handle']>;
        const handle = async (occurred: DomainEvent) => instance[method]?.(occurred);
        this.handlers.set(event, [...this.of(event), { name, handle }]);
      }
    }
    if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'));
    this.isScanned = true;
  }

  /** While the application starts, nobody knows yet: then it may be. */
  mayHandle(eventName: string): boolean {
    return !this.isScanned || this.of(eventName).length > 0;
  }

  of(eventName: string): readonly EventHandler[] {
    return this.handlers.get(eventName) ?? [];
  }
}
