import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import request from 'supertest';
import { aPrincipal, tokenFor } from '../../src/access/testing';
import { type TestDatabase, testDatabase } from '../support/database';
import { basic } from '../support/service';
import { startTestApp, type TestApp } from '../support/test-app';
import { TYPESCRIPT } from '../support/typescript';

jest.setTimeout(300_000); // each command is a process of its own, on a busy machine

const COMMAND = join(__dirname, '..', '..', 'src', 'cli', 'clients.ts');
const CREATED =
  /^client_id {6}([0-9a-f-]{36})\nclient_secret {2}(csc_[A-Za-z0-9_-]{43})\n\nThe secret is shown this once\./;

describe('The clients command beside a running server', () => {
  let database: TestDatabase;
  let app: TestApp;

  beforeAll(async () => {
    database = await testDatabase();
    app = await startTestApp({ database, env: { DOCS: 'off', AUDIENCE: 'countersign,orders' } });
  });
  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** What an operator reads after `npm run clients:…`. */
  async function clients(...args: string[]) {
    const child = spawn(process.execPath, [...TYPESCRIPT, COMMAND, ...args], {
      env: { PATH: process.env['PATH'], NODE_ENV: 'test', ...database.env, AUDIENCE: 'countersign,orders' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { exitCode: child.exitCode, said, complained };
  }

  const introspect = (id: string, secret: string) =>
    request(app.url)
      .post('/oauth/introspect')
      .set({ authorization: basic(id, secret), 'content-type': 'application/x-www-form-urlencoded' })
      .send(`token=${tokenFor(app.nest, aPrincipal())}`);

  it('makes a client that may ask at once, lists it without its secret, and revokes it at once', async () => {
    expect(await clients('list')).toEqual({ exitCode: 0, said: 'There are no clients.\n', complained: '' });

    const made = await clients('create', '--name', 'Orders API', '--audience', 'orders', '--audience', 'countersign');
    expect(made).toMatchObject({ exitCode: 0, complained: '' });
    const [, id = '', secret = ''] = CREATED.exec(made.said) ?? [];
    expect((await introspect(id, secret).expect(200)).body.active).toBe(true);

    const { said: list } = await clients('list');
    expect(list).toMatch(
      new RegExp(`^${id}  Orders API  \\[orders, countersign\\]  created \\S+Z, last used \\S+Z\n$`),
    );
    expect(list).not.toContain('csc_');

    const revoked = 'Revoked. Its secret is refused from now on.\n';
    expect(await clients('revoke', id)).toEqual({ exitCode: 0, said: revoked, complained: '' });
    await introspect(id, secret).expect(401);
    expect((await clients('list')).said).toMatch(/, revoked \S+Z\n$/);
    const again = await clients('revoke', id);
    expect(again).toEqual({ exitCode: 1, said: '', complained: `There is no live client ${id}.\n` });
  });

  it.each([
    [[], /npm run clients:create/],
    [['create'], /--name takes/],
    [['create', '--name', 'x\ny', '--audience', 'orders'], /--name takes/],
    [['create', '--name', 'x'], /--audience is missing\. Tokens are for: countersign, orders/],
    [
      ['create', '--name', 'x', '--audience', 'Orders'],
      /No such audience: Orders\. Tokens are for: countersign, orders/,
    ],
    [['create', '--name', 'x', '--audience', 'orders', '--secret', 'mine'], /--secret/],
    [['revoke'], /npm run clients:revoke/],
    [['revoke', 'nonsense'], /There is no live client nonsense/],
    [['drop', 'everything'], /npm run clients:list/],
  ])('refuses %j in plain words', async (args, words) => {
    const { exitCode, said, complained } = await clients(...args);
    expect({ exitCode, said }).toEqual({ exitCode: 1, said: '' });
    expect(complained).toMatch(words);
    expect(complained).not.toMatch(/^\s+at /m);
  });
});
