import { DataSource, type EntityManager } from 'typeorm';
import { type AuditEvent, AuditLog } from '../../src/platform/audit/audit-log';
import { AuditRemovalStore } from '../../src/platform/audit/audit-removal.store';
import { AuditRetention } from '../../src/platform/audit/audit-retention';
import { AuditSealer } from '../../src/platform/audit/audit-sealer';
import { AuditSealStore } from '../../src/platform/audit/audit-seal.store';
import { AuditVerification } from '../../src/platform/audit/audit-verification';
import { MacKeys } from '../../src/platform/crypto/mac-keys';
import { atOnce } from '../support/at-once';
import { requirePostgres, type TestDatabase, testDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(120_000);

describe(AuditSealer.name, () => {
  const apps: TestApp[] = [];
  let database: TestDatabase;
  let db: DataSource;
  let schema: string;

  beforeAll(async () => {
    requirePostgres();
    database = await testDatabase();
    const env = {
      DOCS: 'off',
      AUDIT_RETENTION: '86400',
      ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 'sealed for this test').toString('base64')}`,
    };
    for (let replica = 0; replica < 3; replica++) apps.push(await startTestApp({ database, env }));
    db = apps[0]!.nest.get(DataSource);
    schema = `"${database.env['DATABASE_SCHEMA']!}"`;
  });
  afterAll(async () => {
    for (const app of apps) await app.close();
    await database.drop();
  });

  const record = (tx: EntityManager, type: string) =>
    apps[0]!.nest.get(AuditLog, { strict: false }).record(tx, { type: type as AuditEvent['type'], outcome: 'success' });
  const sealEverywhere = () =>
    atOnce((client) => apps[client % apps.length]!.nest.get(AuditSealer, { strict: false }).sealNext());
  const verify = (tx: EntityManager = db.manager, expected?: { number: string; mac: string }) => {
    const { nest } = apps[0]!;
    const verification = new AuditVerification(
      nest.get(AuditSealStore, { strict: false }),
      nest.get(AuditRemovalStore, { strict: false }),
      nest.get(MacKeys, { strict: false }),
    );
    return verification.run(tx, expected, () => undefined);
  };
  /** How often each event is sealed. */
  const unsealedOrTwice = () =>
    db.query<{ id: string; times: number }[]>(`
      SELECT e.id, count(s.id)::integer AS times
        FROM ${schema}.audit_events e
        LEFT JOIN (SELECT unnest(event_ids) AS id FROM ${schema}.audit_seals) s USING (id)
       GROUP BY e.id HAVING count(s.id) <> 1`);
  const allSealed = () =>
    eventually(async () => {
      await sealEverywhere();
      return (await unsealedOrTwice()).length === 0 ? true : undefined;
    });
  const removeOld = () =>
    atOnce((client) => apps[client % apps.length]!.nest.get(AuditRetention, { strict: false }).sweep());
  /** What the check says of a change by somebody who may write to the database; the change is undone. */
  const afterwards = async (...statements: string[]) => {
    const runner = db.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(`ALTER TABLE ${schema}.audit_events DISABLE TRIGGER USER`);
      await runner.query(`ALTER TABLE ${schema}.audit_seals DISABLE TRIGGER USER`);
      await runner.query(`ALTER TABLE ${schema}.audit_removals DISABLE TRIGGER USER`);
      for (const statement of statements) await runner.query(statement);
      return (await verify(runner.manager)).problem;
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
  };

  it('seals each event exactly once, one that commits late too, however many seal', async () => {
    const late = db.createQueryRunner();
    await late.startTransaction();
    await record(late.manager, 'test.late');
    await Promise.all([atOnce((client) => record(db.manager, `test.${client}`)), sealEverywhere(), sealEverywhere()]);
    await late.commitTransaction();
    await late.release();
    await allSealed();
    const { problem, events } = await verify();
    expect(problem).toBeUndefined();
    expect(events).toBeGreaterThanOrEqual(31);
  });

  it('does not hold up an event while a run is being sealed', async () => {
    const sealing = db.createQueryRunner();
    await sealing.startTransaction();
    expect(await apps[0]!.nest.get(AuditSealStore, { strict: false }).tryLock(sealing.manager)).toBe(true);
    await record(db.manager, 'test.meanwhile');
    expect(await apps[1]!.nest.get(AuditSealer, { strict: false }).sealNext()).toBeUndefined();
    await sealing.rollbackTransaction(); // As if its process had died.
    await sealing.release();
    await allSealed();
  });

  it('names what was changed, dropped or put in', async () => {
    await atOnce((client) => record(db.manager, `test.again.${client}`));
    await allSealed();
    const [event] = await db.query<{ id: string; transaction: string }[]>(
      `SELECT id, transaction FROM ${schema}.audit_events ORDER BY transaction, id OFFSET 3 LIMIT 1`,
    );
    const { id, transaction } = event!;
    const events = `${schema}.audit_events`;
    expect(await afterwards()).toBeUndefined();
    expect(await afterwards(`UPDATE ${events} SET outcome = 'failure' WHERE id = '${id}'`)).toMatch(
      `event ${id} was changed`,
    );
    expect(await afterwards(`DELETE FROM ${events} WHERE id = '${id}'`)).toMatch(`event ${id} was dropped`);
    expect(await afterwards(`UPDATE ${events} SET transaction = 999999999 WHERE id = '${id}'`)).toMatch(
      `event ${id} was dropped, or moved`,
    );
    const added = '00000000-0000-7000-8000-000000000001';
    expect(
      await afterwards(`INSERT INTO ${events} (id, at, type, outcome, details, transaction)
                        VALUES ('${added}', now(), 'test.forged', 'success', '{}', ${transaction})`),
    ).toMatch(`event ${added} was put in afterwards`);
    expect(await afterwards(`DELETE FROM ${schema}.audit_seals WHERE number = 1`)).toMatch('seal 1 was dropped');
    expect(await afterwards(`UPDATE ${schema}.audit_seals SET sealed_at = now() WHERE number = 1`)).toMatch(
      'seal 1 was changed',
    );
  });

  it('finds what was cut off at the end by a seal that was noted elsewhere, and only by that', async () => {
    await record(db.manager, 'test.last');
    await allSealed();
    const [number, mac] = (await verify()).newest!.split(':') as [string, string];
    const runner = db.createQueryRunner();
    await runner.startTransaction();
    try {
      await runner.query(`ALTER TABLE ${schema}.audit_events DISABLE TRIGGER USER`);
      await runner.query(`ALTER TABLE ${schema}.audit_seals DISABLE TRIGGER USER`);
      await runner.query(`DELETE FROM ${schema}.audit_events WHERE id = ANY
        (SELECT unnest(event_ids) FROM ${schema}.audit_seals WHERE number = ${number})`);
      await runner.query(`DELETE FROM ${schema}.audit_seals WHERE number = ${number}`);
      expect((await verify(runner.manager)).problem).toBeUndefined();
      expect((await verify(runner.manager, { number, mac })).problem).toMatch('cut off');
    } finally {
      await runner.rollbackTransaction();
      await runner.release();
    }
    expect((await verify(db.manager, { number, mac })).problem).toBeUndefined();
    expect((await verify(db.manager, { number, mac: '0'.repeat(64) })).problem).toMatch('not the one expected');
  });

  it.each(['audit_events', 'audit_seals', 'audit_removals'])(
    'has PostgreSQL refuse to delete from %s',
    async (table) => {
      await removeOld();
      await expect(db.query(`DELETE FROM ${schema}.${table}`)).rejects.toThrow('append-only');
      await expect(db.query(`TRUNCATE ${schema}.${table}`)).rejects.toThrow('append-only');
    },
  );

  describe(AuditRetention.name, () => {
    it('removes what is old and nothing else, once, however many replicas do it; the rest of the chain holds', async () => {
      await record(db.manager, 'test.old');
      await allSealed();
      const { newest } = await verify();
      for (const { clock } of apps) clock.advance(86_401);
      await record(db.manager, 'test.young');
      await removeOld();
      const types = () => db.query<{ type: string }[]>(`SELECT type FROM ${schema}.audit_events ORDER BY transaction`);
      expect(await types()).toEqual(expect.arrayContaining([{ type: 'test.young' }, { type: 'audit.removed' }]));
      expect(await types()).not.toContainEqual({ type: 'test.old' });
      await allSealed();
      const [number, mac] = newest!.split(':') as [string, string];
      const after = await verify(db.manager, { number, mac });
      expect(after.problem).toBeUndefined();
      expect(Number(after.removedUpTo)).toBeGreaterThanOrEqual(Number(number));
      const [row] = await db.query<{ told: number; removed: number }[]>(
        `SELECT (SELECT sum((details->>'events')::integer)::integer FROM ${schema}.audit_events WHERE type = 'audit.removed') AS told,
                (SELECT sum(cardinality(event_ids))::integer FROM ${schema}.audit_seals WHERE number <= ${after.removedUpTo}) AS removed`,
      );
      expect(row!.told).toBeGreaterThan(0);
      expect(row!.told).toBeLessThanOrEqual(row!.removed);
    });

    it('is no excuse for what somebody else removes, or puts back', async () => {
      await record(db.manager, 'test.kept');
      await allSealed();
      const { removedUpTo } = await verify();
      const [kept] = await db.query<{ number: string; transaction: string; event_id: string; id: string }[]>(
        `SELECT number, transaction, event_id, event_ids[1] AS id FROM ${schema}.audit_seals
          WHERE number > ${removedUpTo} ORDER BY number LIMIT 1`,
      );
      const { number, transaction, event_id: eventId, id } = kept!;
      const remove = `DELETE FROM ${schema}.audit_events WHERE (transaction, id) <= (${transaction}, '${eventId}')`;
      expect(await afterwards(remove)).toMatch(`event ${id} was dropped`);
      const forge = `INSERT INTO ${schema}.audit_removals SELECT ${number}, ${transaction}, '${eventId}', removed_at, key_id, mac
                       FROM ${schema}.audit_removals ORDER BY seal_number DESC LIMIT 1`;
      expect(await afterwards(forge, remove)).toMatch(`up to seal ${number} is forged`);
      expect(await afterwards(`DELETE FROM ${schema}.audit_removals`)).toMatch('was dropped');
      const back = '00000000-0000-7000-8000-000000000002';
      expect(
        await afterwards(`INSERT INTO ${schema}.audit_events (id, at, type, outcome, details, transaction)
                          SELECT '${back}', now(), 'test.back', 'success', '{}', transaction
                            FROM ${schema}.audit_seals WHERE number = 1`),
      ).toMatch(`event ${back} was put in afterwards`);
    });
  });
});
