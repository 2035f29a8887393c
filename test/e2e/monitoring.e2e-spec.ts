import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { parse } from 'yaml';
import { RevocationPoller } from '../../src/tokens/revocation/revocation-poller';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

const ROOT = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

/** Names in an expression, those of a histogram without what stands behind them. */
function namesIn(text: string): string[] {
  const names = text.match(/\b(countersign|process|nodejs)_[a-z0-9_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(bucket|count|sum)$/, '')))].sort();
}

describe('What an operator watches', () => {
  let app: TestApp;
  const { groups } = parse(read('ops/prometheus/countersign.rules.yml')) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  const dashboard = JSON.parse(read('ops/grafana/countersign.json')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
  };
  const charts = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', ACCESS_TOKEN_TTL: '60' } });
  });
  afterAll(() => app.close());

  const exposition = async () => (await request(app.url).get('/metrics').expect(200)).text;

  async function value(series: string): Promise<number> {
    const line = (await exposition()).split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length));
  }

  it('is there: every metric of the dashboard and the alerts, and in the documentation as well', async () => {
    const shown = new Set([...(await exposition()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!));
    const documented = read('docs/metrics.md');
    const used = [...charts, ...rules].map(({ expr }) => namesIn(expr));
    expect(charts.length).toBeGreaterThan(20);
    for (const name of new Set(used.flat())) {
      expect({ name, isShown: shown.has(name) }).toEqual({ name, isShown: true });
      if (name.startsWith('countersign_')) expect(documented).toContain(`| \`${name}\` |`);
    }
  });

  it('is documented: every metric of the service, and none that is not there', async () => {
    const shown = [...(await exposition()).matchAll(/^# TYPE (countersign_\S+) /gm)].map(([, name]) => name!).sort();
    const documented = [...read('docs/metrics.md').matchAll(/^\| `(countersign_\w+)` \|/gm)].map(([, name]) => name!);
    expect(documented.sort()).toEqual(shown);
  });

  it('has a section for every alert, with what to do', () => {
    const sections = read('docs/operations.md').split(/^#{2,4} /m);
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      const section = sections.find((each) => each.startsWith(`${alert}\n`));
      expect({ alert, length: section?.length ?? 0 }).toEqual({ alert, length: expect.any(Number) });
      expect(section!.length).toBeGreaterThan(alert.length + 100);
    }
  });

  it('counts refused access tokens by reason, which the caller does not read', async () => {
    const ada = await Person.signedIn(app);
    const ask = (token: string) => request(app.url).get('/v1/users/me').auth(token, { type: 'bearer' });
    const counted = (reason: string) => value(`countersign_access_tokens_refused_total{reason="${reason}"}`);
    const [header, payload, signature] = ada.accessToken.split('.') as [string, string, string];
    const other = signature.startsWith('A') ? 'B' : 'A';
    await refused(ask('a.b.c'), 401, 'token_invalid');
    expect(await counted('malformed')).toBe(1);
    await refused(ask(`${header}.${payload}.${other}${signature.slice(1)}`), 401, 'token_invalid');
    expect(await counted('signature')).toBe(1);
    await ask(ada.accessToken).expect(200);
    app.clock.advance(61);
    await refused(ask(ada.accessToken), 401, 'token_invalid'); // known, from memory
    expect(await counted('expired')).toBe(1);
    const bob = await Person.signedIn(app);
    app.clock.advance(61);
    await refused(ask(bob.accessToken), 401, 'token_invalid'); // never seen
    expect(await counted('expired')).toBe(2);
    const eve = await Person.signedIn(app);
    await eve.post('/v1/auth/logout', { refreshToken: eve.refreshToken }).expect(204);
    await refused(ask(eve.accessToken), 401, 'token_invalid');
    expect(await counted('revoked')).toBe(1);
  });

  it('measures the age of a token once, however often it is used', async () => {
    const ada = await Person.signedIn(app);
    const series = 'countersign_access_token_first_use_age_seconds';
    const [count, sum] = [await value(`${series}_count`), await value(`${series}_sum`)];
    app.clock.advance(20);
    for (let times = 0; times < 5; times++)
      await request(app.url).get('/v1/users/me').auth(ada.accessToken, { type: 'bearer' }).expect(200);
    expect(await value(`${series}_count`)).toBe(count + 1);
    expect(await value(`${series}_sum`)).toBe(sum + 20);
  });

  it('counts live sessions, and revocations with their lag', async () => {
    app.clock.advance(61);
    const before = await value('countersign_sessions_live');
    const [ada] = [await Person.signedIn(app), await Person.signedIn(app)];
    app.clock.advance(61);
    expect(await value('countersign_sessions_live')).toBe(before + 2);
    const learned = await value('countersign_revocations_total{kind="session"}');
    const lags = await value('countersign_revocation_lag_seconds_count');
    await ada.post('/v1/auth/logout', { refreshToken: ada.refreshToken }).expect(204);
    await app.nest.get(RevocationPoller, { strict: false }).catchUp(); // reads it again, and counts it no second time
    expect(await value('countersign_revocations_total{kind="session"}')).toBe(learned + 1);
    expect(await value('countersign_revocation_lag_seconds_count')).toBe(lags + 1);
    expect(await value('countersign_revocation_lag_seconds_bucket{le="1.5"}')).toBe(lags + 1);
    app.clock.advance(61);
    expect(await value('countersign_sessions_live')).toBe(before + 1);
    expect(await value('countersign_revocations_read_age_seconds')).toBeLessThan(5);
  });

  it('times requests by part of the API, whatever path is asked for', async () => {
    const counted = (labels: string) => value(`countersign_http_request_seconds_count{${labels}}`);
    const refusedBefore = await counted('area="users",outcome="refused"');
    await request(app.url).get('/v1/users/me').expect(401);
    expect(await counted('area="users",outcome="refused"')).toBe(refusedBefore + 1);
    const lost = await counted('area="none",outcome="refused"');
    await request(app.url).get('/no-such-place/ada@example.com').expect(404);
    expect(await counted('area="none",outcome="refused"')).toBe(lost + 1);
    expect(await exposition()).not.toContain('no-such-place');
    await request(app.url).get('/.well-known/jwks.json').expect(200);
    expect(await counted('area="well_known",outcome="ok"')).toBeGreaterThan(0);
  });

  it('shows the pool and the queue of passwords', async () => {
    const [open, most] = [
      await value('countersign_database_pool_connections'),
      await value('countersign_database_pool_max_connections'),
    ];
    expect(open).toBeGreaterThan(0);
    expect(most).toBeGreaterThanOrEqual(open);
    expect(await value('countersign_database_pool_waiting_requests')).toBe(0);
    expect(await value('countersign_password_hashes_waiting')).toBe(0);
  });

  // .ci/run sets it, and fails where promtool is not there; whoever runs `npm test` need not have it.
  if (process.env['TEST_PROMTOOL']) {
    it('is well formed for Prometheus', async () => {
      const said = execFileSync('promtool', ['check', 'metrics'], { input: await exposition(), encoding: 'utf8' });
      expect(said).toBe('');
    });
  }
});
