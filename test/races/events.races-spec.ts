import { Injectable, Module } from '@nestjs/common';
import { Client } from 'pg';
import request from 'supertest';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type DomainEvent, DomainEvents, OnEvent, Transactions } from '../../src/access';
import { PayoutEntity } from '../../src/examples/payouts/entities/payout.entity';
import { EventDispatcher, LEASE_SECONDS } from '../../src/platform/events/event-dispatcher';
import { OutboxMessageEntity } from '../../src/platform/notifications/entities/outbox-message.entity';
import { atOnce, CLIENTS } from '../support/at-once';
import { ChildServer } from '../support/child-server';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { FakeClock } from '../support/fake-clock';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000); // a process of its own, on a busy machine

const KEYS = { ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 'sealed for this test').toString('base64')}` };
const PASSWORD = 'a loom that weaves algebra';

/** What every replica heard. */
const heard: string[] = [];

@Injectable()
class Listener {
  @OnEvent('UserDisabled')
  disabled({ payload }: DomainEvent<'UserDisabled'>): Promise<void> {
    heard.push(payload.userId);
    return Promise.resolve();
  }
}

@Module({ providers: [Listener] })
class TeamModule {}

describe('The events of several processes', () => {
  const apps: TestApp[] = [];
  let database: TestDatabase;

  beforeAll(async () => {
    requirePostgres();
    database = await testDatabase();
    const clock = new FakeClock();
    for (let replica = 0; replica < 3; replica++) {
      apps.push(await startTestApp({ database, clock, imports: [TeamModule], env: { DOCS: 'off', ...KEYS } }));
    }
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  it('reach one of them, once', async () => {
    const users = Array.from({ length: CLIENTS }, () => uuidv7());
    const of = (client: number) => apps[client % apps.length]!.nest;
    const publish = (client: number) =>
      of(client)
        .get(Transactions, { strict: false })
        .run((tx) =>
          of(client).get(DomainEvents, { strict: false }).publish(tx, 'UserDisabled', { userId: users[client]! }),
        );
    const handOverEverywhere = () => atOnce((client) => of(client).get(EventDispatcher, { strict: false }).settled());
    await Promise.all([atOnce(publish), handOverEverywhere()]);
    for (let round = 0; round < 3; round++) await handOverEverywhere();
    expect([...heard].sort()).toEqual([...users].sort());
    apps[0]!.clock.advance(LEASE_SECONDS + 1);
    await handOverEverywhere();
    expect(heard).toHaveLength(CLIENTS);
  });
});

describe('A process that is killed between the commit and the hand-over', () => {
  let database: TestDatabase;
  let child: ChildServer | undefined;

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(async () => {
    child?.signal('SIGKILL');
    await child?.ended();
    await database.drop();
  });

  it('loses no event: another hands it over once the lease has ended', async () => {
    const server = (child = await ChildServer.start({ ...database.env, ...KEYS, EXAMPLES: 'on' }));
    const post = (path: string, body: object) => request(server.url).post(path).send(body);
    await post('/v1/auth/register', { username: 'ada', password: PASSWORD }).expect(201);
    const login = await post('/v1/auth/login', { identifier: 'ada', password: PASSWORD }).expect(200);
    const { accessToken } = login.body as { accessToken: string };
    const me = await request(server.url).get('/v1/users/me').set('authorization', `Bearer ${accessToken}`).expect(200);
    const { id: userId } = me.body as { id: string };

    const blocker = new Client({ connectionString: requirePostgres() });
    await blocker.connect();
    try {
      const schema = database.env['DATABASE_SCHEMA']!;
      await blocker.query(
        `INSERT INTO "${schema}".payouts (id, tenant, requested_by, amount, currency, beneficiary, created_at)
         VALUES ($1, 'default', $2, 10, 'EUR', 'Charles', now())`,
        [uuidv7(), userId],
      );
      // The handler waits for this lock: the account is gone, and nobody has been told.
      await blocker.query('BEGIN');
      await blocker.query(`LOCK TABLE "${schema}".payouts IN ACCESS EXCLUSIVE MODE`);
      await request(server.url).delete('/v1/users/me').set('authorization', `Bearer ${accessToken}`).expect(204);
      await eventually(async () => {
        const { rows } = await blocker.query(
          `SELECT 1 FROM "${schema}".outbox WHERE event = 'UserDeleted' AND attempts = 1`,
        );
        return rows.length === 1 ? true : undefined;
      });
      server.signal('SIGKILL');
      await server.ended();
      await blocker.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE wait_event_type = 'Lock' AND query LIKE '%' || $1 || '%payouts%' AND pid <> pg_backend_pid()`,
        [schema],
      );
    } finally {
      await blocker.end(); // and with it its lock
    }

    const clock = new FakeClock();
    clock.advance((Date.now() - clock.now().getTime()) / 1000);
    const next = await startTestApp({ database, clock, env: { ...KEYS, DOCS: 'off', EXAMPLES: 'on' } });
    try {
      const dispatcher = next.nest.get(EventDispatcher, { strict: false });
      const payouts = next.nest.get(DataSource).getRepository(PayoutEntity);
      await dispatcher.settled();
      expect(await payouts.countBy({ requestedBy: userId })).toBe(1); // the lease of the dead
      clock.advance(LEASE_SECONDS);
      await dispatcher.settled();
      expect(await payouts.countBy({ requestedBy: userId })).toBe(0);
      const rows = await next.nest.get(DataSource).getRepository(OutboxMessageEntity).findBy({ event: 'UserDeleted' });
      expect(rows).toMatchObject([{ handledBy: ['WithdrawOpenPayouts.withdraw'], nextTryAt: null, attempts: 2 }]);
    } finally {
      await next.close();
    }
  });
});
