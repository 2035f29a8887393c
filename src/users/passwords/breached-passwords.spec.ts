import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { AccountSettings } from '../../platform/config/settings/account.settings';
import { BreachedPasswords } from './breached-passwords';

const PASSWORD = 'a loom that weaves algebra';
const SHA1 = createHash('sha1').update(PASSWORD).digest('hex').toUpperCase();
const SUFFIX = SHA1.slice(5);
const OTHER = '0'.repeat(35);

describe(BreachedPasswords, () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;
  let asked: IncomingMessage[];
  let warnings: string[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request);
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
    warnings = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message) => void warnings.push(String(message)));
  });
  afterEach(() => jest.restoreAllMocks());

  const urlOf = (path = '/range') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const has = (password: string, breachedPasswordsUrl: string | undefined = urlOf()) =>
    new BreachedPasswords(Object.assign(new AccountSettings(), { breachedPasswordsUrl })).has(password);
  const range = (...lines: string[]) => {
    answer = (response) => response.end(lines.join('\r\n'));
  };

  it('knows a password by the rest of its hash', async () => {
    range(`${OTHER}:4`, `${SUFFIX}:12`, `${OTHER}:1`);
    await expect(has(PASSWORD)).resolves.toBe(true);
    await expect(has('a loom that weaves algebra!')).resolves.toBe(false);
    expect(warnings).toEqual([]);
  });

  it('sends five digits of the hash, asks for padding, and nothing else goes out', async () => {
    range();
    await has(PASSWORD);
    await has(PASSWORD, urlOf('/range/'));
    for (const { method, url, headers } of asked) {
      expect({ method, url }).toEqual({ method: 'GET', url: `/range/${SHA1.slice(0, 5)}` });
      expect(headers).toMatchObject({ 'add-padding': 'true', 'user-agent': 'Countersign' });
      expect(JSON.stringify(headers)).not.toContain(SUFFIX);
    }
    expect(asked).toHaveLength(2);
  });

  it('measures a password in the form it is hashed in', async () => {
    range(`${createHash('sha1').update('\u00e9t\u00e9 \u00e0 la plage').digest('hex').slice(5)}:1`);
    await expect(has('e\u0301te\u0301 a\u0300 la plage')).resolves.toBe(true);
  });

  it('does not take padding for an entry', async () => {
    range(`${SUFFIX}:0`);
    await expect(has(PASSWORD)).resolves.toBe(false);
  });

  it('is off without an address', async () => {
    await expect(new BreachedPasswords(new AccountSettings()).has(PASSWORD)).resolves.toBe(false);
    expect(warnings).toEqual([]);
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['answers 500', (response) => response.writeHead(500).end(`${SUFFIX}:9`), /status 500/],
    ['answers 429', (response) => response.writeHead(429).end(), /status 429/],
    ['sends elsewhere', (response) => response.writeHead(302, { location: '/' }).end(), /no answer/],
    ['breaks off', (response) => response.destroy(), /UND_ERR_SOCKET/],
    ['says nothing', () => undefined, /timeout/],
    [
      'is slow to the end',
      (response) => {
        response.writeHead(200).write(`${SUFFIX}:9\r\n`);
      },
      /timeout/,
    ],
  ])('takes a password, with a line in the log, when the service %s', async (_, behaviour, cause) => {
    answer = behaviour;
    await expect(has(PASSWORD)).resolves.toBe(false);
    expect(warnings).toEqual([expect.stringMatching(cause)]);
    expect(warnings[0]).not.toContain(SHA1.slice(0, 5));
  });

  it('takes a password, with a line in the log, when nothing listens there', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await expect(has(PASSWORD, `http://127.0.0.1:${port}`)).resolves.toBe(false);
    expect(warnings).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });
});
