import type { DomainEvent, EventName } from './domain-event';

const ON_EVENT = 'countersign:on-event';

/**
 * Has a method of a provider called for each event of that name, after the change is committed and at least once: again where it
 * throws or takes longer than half a minute, after pauses that grow from seconds to six hours, for three days; and again where
 * the process died meanwhile. So do nothing twice that must happen once: remember `event.id`, or write what comes to the same.
 *
 * One replica handles an event. Handlers do not wait for one another, and a failure of one is none of the others'.
 *
 * A handler is known by class and method: under another name it gets again what it has not finished.
 *
 * @example
 * @Injectable()
 * export class ForgetCustomer {
 *   @OnEvent('UserDeleted')
 *   async forget({ payload }: DomainEvent<'UserDeleted'>): Promise<void> {
 *     await this.customers.delete({ userId: payload.userId });
 *   }
 * }
 */
export function OnEvent<Name extends EventName>(
  name: Name,
): (
  target: object,
  method: string,
  descriptor: TypedPropertyDescriptor<(event: DomainEvent<Name>) => Promise<void>>,
) => void {
  // Of the class and not of the method: whoever starts asks each class once, instead of each of its methods.
  return (prototype, method) => {
    Reflect.defineMetadata(ON_EVENT, { ...ownSubscriptions(prototype), [method]: name }, prototype);
  };
}

/** Events by method of a class and what it inherits; a method that overrides one is asked itself. */
export function subscriptionsOf(prototype: object): ReadonlyMap<string, string> {
  const subscriptions = new Map<string, string>();
  const overridden = new Set<string>();
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    for (const [method, event] of Object.entries(ownSubscriptions(at))) {
      if (!overridden.has(method)) subscriptions.set(method, event);
    }
    for (const name of Object.getOwnPropertyNames(at)) overridden.add(name);
  }
  return subscriptions;
}

function ownSubscriptions(prototype: object): Readonly<Record<string, string>> {
  return (Reflect.getOwnMetadata(ON_EVENT, prototype) as Record<string, string> | undefined) ?? {};
}
