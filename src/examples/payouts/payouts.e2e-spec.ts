import { DataSource } from 'typeorm';
import { readJws } from '../../../test/support/jws';
import { Person } from '../../../test/support/person';
import { startTestApp, type TestApp } from '../../../test/support/test-app';
import { aPrincipal } from '../../access/testing';
import { PayoutTenantEntity } from './entities/payout-tenant.entity';

/** A caller of the default tenant. */
const member = (traits: Parameters<typeof aPrincipal>[0] = {}) =>
  aPrincipal({ claims: { tenant: 'default' }, ...traits });

const PAYOUT = { amount: '12.50', currency: 'EUR', beneficiary: 'Ada Lovelace' };

describe('Payouts', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  describe('levels of protection', () => {
    const password = member({ acr: 'aal1' });
    const recent = member({ mfaAgo: 300 });
    const late = member({ mfaAgo: 301 });
    const approver = member({ permissions: ['payouts:approve'] });
    const id = '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11';

    it('refuses everybody without a token', async () => {
      for (const path of ['/v1/payouts', '/v1/payouts/limits']) {
        expect((await app.as().get(path).expect(401)).body.code).toBe('token_missing');
      }
    });

    it('shows limits to any access token', async () => {
      await app.as(password).get('/v1/payouts/limits').expect(200, { perPayout: '10000.00', currency: 'EUR' });
    });

    it('lists payouts for a second factor only', async () => {
      expect((await app.as(password).get('/v1/payouts').expect(401)).body.code).toBe('mfa_required');
      await app.as(late).get('/v1/payouts').expect(200);
    });

    it('takes payouts for a second factor of the last five minutes only', async () => {
      const refused = await app.as(late).post('/v1/payouts').send(PAYOUT).expect(401);
      expect(refused.body).toMatchObject({ code: 'mfa_stale', required: { acr: 'aal2', maxAge: 300 } });
      await app.as(recent).post('/v1/payouts').send(PAYOUT).expect(201);
    });

    it('lets approve only with the permission, and only with a recent second factor', async () => {
      const refused = await app.as(recent).post(`/v1/payouts/${id}/approve`).expect(403);
      expect(refused.body).toMatchObject({ code: 'forbidden', required: { permissions: ['payouts:approve'] } });
      const old = member({ permissions: ['payouts:approve'], mfaAgo: 301 });
      expect((await app.as(old).post(`/v1/payouts/${id}/approve`).expect(401)).body.code).toBe('mfa_stale');
      expect((await app.as(approver).post(`/v1/payouts/${id}/approve`).expect(404)).body.code).toBe('not_found');
    });
  });

  it('is approved once, and by somebody else', async () => {
    const requester = member({ permissions: ['payouts:approve'] });
    const approver = member({ permissions: ['payouts:approve'] });
    const { body } = await app.as(requester).post('/v1/payouts').send(PAYOUT).expect(201);
    expect(body).toEqual({
      ...PAYOUT,
      id: expect.any(String),
      status: 'requested',
      requestedBy: requester.userId,
      approvedBy: null,
      createdAt: app.clock.now().toISOString(),
      approvedAt: null,
    });
    const path = `/v1/payouts/${String(body.id)}/approve`;
    expect((await app.as(requester).post(path).expect(403)).body.code).toBe('payout_own_request');
    expect((await app.as(approver).post(path).expect(200)).body).toMatchObject({
      status: 'approved',
      approvedBy: approver.userId,
    });
    expect((await app.as(approver).post(path).expect(409)).body.code).toBe('payout_already_approved');
  });

  it('gives the same payout for the same key, and refuses the key for another', async () => {
    const caller = member();
    const send = (body: object, key = 'order-1') =>
      app.as(caller).post('/v1/payouts').set('idempotency-key', key).send(body);
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(PAYOUT)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${String(body.id)}`)).size).toBe(1);
    expect((await send({ ...PAYOUT, amount: '13.00' }).expect(409)).body.code).toBe('idempotency_conflict');
    expect((await send(PAYOUT, 'order-2').expect(201)).body.id).not.toBe(answers[0]?.body.id);
    const another = member();
    const theirs = await app.as(another).post('/v1/payouts').set('idempotency-key', 'order-1').send(PAYOUT).expect(201);
    expect(theirs.body.id).not.toBe(answers[0]?.body.id);
  });

  it('shows people their own, page by page, and all of them to who may approve', async () => {
    const caller = member();
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.unshift((await app.as(caller).post('/v1/payouts').send(PAYOUT)).body.id);
    const first = await app.as(caller).get('/v1/payouts?limit=2').expect(200);
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const rest = await app
      .as(caller)
      .get(`/v1/payouts?limit=2&cursor=${String(first.body.nextCursor)}`)
      .expect(200);
    expect(rest.body).toMatchObject({ items: [{ id: ids[2] }], nextCursor: null });
    const approver = member({ permissions: ['payouts:approve'] });
    expect((await app.as(approver).get('/v1/payouts').expect(200)).body.items.length).toBeGreaterThan(3);
  });

  it('keeps tenants apart, approvers included', async () => {
    const caller = member({ claims: { tenant: 'acme' } });
    const { body } = await app.as(caller).post('/v1/payouts').set('idempotency-key', 'k').send(PAYOUT).expect(201);
    const approve = `/v1/payouts/${String(body.id)}/approve`;
    const idsFor = async (principal: ReturnType<typeof aPrincipal>) =>
      (await app.as(principal).get('/v1/payouts').expect(200)).body.items.map(
        ({ id }: { id: string }) => id,
      ) as string[];

    for (const claims of [{ tenant: 'other' }, { tenant: 'default' }]) {
      const stranger = member({ claims, permissions: ['payouts:approve'] });
      expect(await idsFor(stranger)).not.toContain(body.id);
      expect((await app.as(stranger).post(approve).expect(404)).body.code).toBe('not_found');
      // The same person, who has moved: what they asked for stays with the tenant.
      const moved = member({ claims, userId: caller.userId });
      expect(await idsFor(moved)).not.toContain(body.id);
      const again = app.as(moved).post('/v1/payouts').set('idempotency-key', 'k').send(PAYOUT);
      expect((await again.expect(201)).body.id).not.toBe(body.id);
    }
    const colleague = member({ claims: { tenant: 'acme' }, permissions: ['payouts:approve'] });
    expect(await idsFor(colleague)).toEqual([body.id]);
    await app.as(colleague).post(approve).expect(200);
  });

  it.each([{}, { tenant: 7 }, { tenant: '' }, { tenant: null }])(
    'is shut to a token that names no tenant: %j',
    async (claims) => {
      const nobody = app.as(aPrincipal({ claims, permissions: ['payouts:approve'] }));
      const { body } = await app.as(member()).post('/v1/payouts').send(PAYOUT).expect(201);
      const refusals = [
        await nobody.get('/v1/payouts'),
        await nobody.post('/v1/payouts').send(PAYOUT),
        await nobody.post(`/v1/payouts/${String(body.id)}/approve`),
      ];
      expect(refusals.map(({ status, body: { code } }) => [status, code])).toEqual(Array(3).fill([403, 'forbidden']));
    },
  );

  it('has the tenant in the token of whoever signs in', async () => {
    const ada = await Person.signedIn(app);
    const { sub, tenant } = readJws(ada.accessToken).payload;
    expect(tenant).toBe('default');
    await app.nest
      .get(DataSource)
      .getRepository(PayoutTenantEntity)
      .insert({ userId: String(sub), tenant: 'acme' });
    ada.take((await ada.refresh().expect(200)).body);
    expect(readJws(ada.accessToken).payload['tenant']).toBe('acme');
  });

  it.each([
    ['a number', { ...PAYOUT, amount: 12.5 }],
    ['one decimal', { ...PAYOUT, amount: '12.5' }],
    ['nothing', { ...PAYOUT, amount: '0.00' }],
    ['less than nothing', { ...PAYOUT, amount: '-1.00' }],
    ['no currency', { ...PAYOUT, currency: 'XYZ' }],
    ['an unknown field', { ...PAYOUT, status: 'approved' }],
  ])('refuses %s', async (_, body) => {
    expect((await app.as(member()).post('/v1/payouts').send(body).expect(400)).body.code).toBe('validation_failed');
  });

  it('refuses more than the limit, and a cursor of somebody’s making', async () => {
    const caller = app.as(member());
    const over = await caller
      .post('/v1/payouts')
      .send({ ...PAYOUT, amount: '10000.01' })
      .expect(409);
    expect(over.body.code).toBe('payout_over_limit');
    expect((await caller.get('/v1/payouts?cursor=bm9wZQ').expect(400)).body.code).toBe('validation_failed');
    expect((await caller.get('/v1/payouts?limit=0').expect(400)).body.code).toBe('validation_failed');
    expect((await caller.get('/v1/payouts?limit=2&page=1').expect(400)).body.code).toBe('validation_failed');
  });
});
