import { Injectable, Module } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { type DomainEvent, DomainEvents, OnEvent, Transactions } from '../../src/access';
import { EventDispatcher } from '../../src/platform/events/event-dispatcher';
import { OutboxMessageEntity } from '../../src/platform/notifications/entities/outbox-message.entity';
import { OutboxStore } from '../../src/platform/notifications/outbox.store';
import { Person } from '../support/person';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000); // many requests a test, on a busy machine

const HOUR = 3600;
const DAY = 86_400;
const USER = '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11';

/** As a module of a team hears of things: by what `access` exports. */
@Injectable()
class Listener {
  readonly heard: DomainEvent[] = [];

  @OnEvent('UserRegistered')
  async registered(event: DomainEvent<'UserRegistered'>) {
    await this.keep(event);
  }
  @OnEvent('PasswordChanged')
  async passwordChanged(event: DomainEvent<'PasswordChanged'>) {
    await this.keep(event);
  }
  @OnEvent('EmailVerified')
  async emailVerified(event: DomainEvent<'EmailVerified'>) {
    await this.keep(event);
  }
  @OnEvent('FactorActivated')
  async factorActivated(event: DomainEvent<'FactorActivated'>) {
    await this.keep(event);
  }
  @OnEvent('FactorDropped')
  async factorDropped(event: DomainEvent<'FactorDropped'>) {
    await this.keep(event);
  }
  @OnEvent('SessionEnded')
  async sessionEnded(event: DomainEvent<'SessionEnded'>) {
    await this.keep(event);
  }
  @OnEvent('UserDeleted')
  async deleted(event: DomainEvent<'UserDeleted'>) {
    await this.keep(event);
  }
  @OnEvent('UserDisabled')
  async disabled(event: DomainEvent<'UserDisabled'>) {
    await this.keep(event);
  }

  private keep(event: DomainEvent): Promise<void> {
    this.heard.push(event);
    return Promise.resolve();
  }
}

/** Fails as often as it is told to. */
@Injectable()
class Fragile {
  failures = 0;
  readonly tried: string[] = [];

  @OnEvent('UserDisabled')
  disabled({ id }: DomainEvent<'UserDisabled'>): Promise<void> {
    this.tried.push(id);
    return this.failures-- > 0 ? Promise.reject(new Error('the ledger is closed')) : Promise.resolve();
  }
}

@Module({ providers: [Listener, Fragile] })
class TeamModule {}

let app: TestApp;
let listener: Listener;
let fragile: Fragile;
let events: DomainEvents;
let dispatcher: EventDispatcher;

beforeAll(async () => {
  app = await startTestApp({ imports: [TeamModule], env: { DOCS: 'off' } });
  listener = app.nest.get(Listener, { strict: false });
  fragile = app.nest.get(Fragile, { strict: false });
  events = app.nest.get(DomainEvents, { strict: false });
  dispatcher = app.nest.get(EventDispatcher, { strict: false });
});
afterAll(() => app.close());
beforeEach(async () => {
  await dispatcher.settled();
  listener.heard.length = 0;
  fragile.tried.length = 0;
  fragile.failures = 0;
});

const inTransaction = <T>(work: (tx: EntityManager) => Promise<T>) =>
  app.nest.get(Transactions, { strict: false }).run(work);
const disable = () => inTransaction((tx) => events.publish(tx, 'UserDisabled', { userId: USER }));
const rowOf = (id: string) => app.nest.get(DataSource).getRepository(OutboxMessageEntity).findOneByOrFail({ id });
const later = async (seconds: number) => {
  app.clock.advance(seconds);
  await dispatcher.settled();
};
async function told(): Promise<{ name: string; payload: object }[]> {
  await dispatcher.settled();
  return listener.heard.map(({ name, payload }) => ({ name, payload }));
}

describe('Domain events', () => {
  it('tell what people do, in ids alone', async () => {
    const person = await Person.withEmail(app);
    const userId = person.id;
    await person.enroll();
    await person.activate();
    await person.post('/v1/auth/logout', {}, person.accessToken).expect(204);
    const heard = await told();
    expect(heard).toHaveLength(5);
    expect(heard).toEqual(
      expect.arrayContaining([
        { name: 'UserRegistered', payload: { userId } },
        { name: 'EmailVerified', payload: { userId } },
        { name: 'FactorActivated', payload: { userId, factorId: expect.any(String), type: 'totp' } },
        { name: 'FactorActivated', payload: { userId, factorId: expect.any(String), type: 'recovery_code' } },
        { name: 'SessionEnded', payload: { userId, sessionId: expect.any(String), reason: 'logout' } },
      ]),
    );
    const said = JSON.stringify(listener.heard);
    for (const secret of [person.username, person.email, person.password, person.accessToken, person.refreshToken]) {
      expect(said).not.toContain(secret);
    }
    expect(new Set(listener.heard.map(({ id }) => id)).size).toBe(heard.length);
  });

  it('tell that an account is gone', async () => {
    const person = await Person.signedIn(app);
    await person.delete('/v1/users/me', person.accessToken).expect(204);
    expect((await told()).map(({ name }) => name)).toEqual(['UserRegistered', 'UserDeleted']);
  });

  it('tell nothing of a change that is not committed', async () => {
    await expect(
      inTransaction(async (tx) => {
        await events.publish(tx, 'UserDisabled', { userId: USER });
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    expect(await told()).toEqual([]);
  });

  it('are not written where nobody handles them', async () => {
    const before = await app.nest.get(DataSource).getRepository(OutboxMessageEntity).count();
    await inTransaction((tx) => events.publish(tx, 'UserEnabled', { userId: USER }));
    expect(await app.nest.get(DataSource).getRepository(OutboxMessageEntity).count()).toBe(before);
  });

  it('are no messages of the development outbox', async () => {
    await disable();
    await told();
    const latest = await app.nest.get(OutboxStore, { strict: false }).latest(undefined, 500);
    expect(latest.map(({ channel }) => channel)).not.toContain('event');
  });
});

describe('A handler that fails', () => {
  it('gets the event again after growing pauses, and is the only one that does', async () => {
    fragile.failures = 3;
    await disable();
    await dispatcher.settled();
    for (const [seconds, tries] of [
      [1, 1], // two seconds after the first failure
      [1, 2],
      [3, 2], // four after the second
      [1, 3],
      [7, 3], // eight after the third
      [1, 4],
      [DAY, 4],
    ] as const) {
      await later(seconds);
      expect(fragile.tried).toHaveLength(tries);
    }
    expect(new Set(fragile.tried).size).toBe(1);
    expect(await told()).toEqual([{ name: 'UserDisabled', payload: { userId: USER } }]);
    const [id] = fragile.tried;
    expect(await rowOf(id!)).toMatchObject({ nextTryAt: null, sentAt: expect.any(Date), failedAt: null });
  });

  it('stops neither other events nor messages', async () => {
    fragile.failures = 1;
    await disable();
    const person = await Person.withEmail(app); // a mail went out
    expect((await told()).map(({ name }) => name).sort()).toEqual(['EmailVerified', 'UserDisabled', 'UserRegistered']);
    expect(person.accessToken).not.toBe('');
    expect(fragile.tried).toHaveLength(1);
    await later(2);
    expect(fragile.tried).toHaveLength(2);
  });

  it('is given up after three days, with a line in the log and a count', async () => {
    fragile.failures = Infinity;
    await disable();
    await dispatcher.settled();
    for (let hours = 0; hours < 80; hours++) await later(HOUR);
    const tries = fragile.tried.length;
    const [id] = fragile.tried;
    expect(await rowOf(id!)).toMatchObject({ nextTryAt: null, sentAt: null, failedAt: expect.any(Date) });
    await later(DAY);
    expect(fragile.tried).toHaveLength(tries);
    expect(app.log.filter((line) => line.includes(`UserDisabled ${id!} is given up`))).toHaveLength(1);
    const { text } = await app.as().get('/metrics');
    expect(text).toMatch(/countersign_events_total\{event="UserDisabled",outcome="failed"\} 1/);
  });
});

describe('A handler that cannot be one', () => {
  it('stops the start where two have one name', async () => {
    const Twin = (() => {
      @Injectable()
      class Listener {
        @OnEvent('UserRegistered')
        registered({ id }: DomainEvent<'UserRegistered'>): Promise<void> {
          return Promise.reject(new Error(id));
        }
      }
      return Listener;
    })();
    @Module({ providers: [Twin] })
    class OtherModule {}
    await expect(startTestApp({ imports: [TeamModule, OtherModule], env: { DOCS: 'off' } })).rejects.toThrow(
      'Two providers are called Listener, and both handle events',
    );
  });
});
