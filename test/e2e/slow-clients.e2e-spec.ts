import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { startTestApp, type TestApp } from '../support/test-app';

jest.setTimeout(60_000);

describe('A client that sends too slowly', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ env: { DOCS: 'off', REQUEST_TIMEOUT: '1' } });
  });
  afterAll(() => app.close());

  it.each([
    ['headers', 'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nX-Slow: '],
    [
      'body',
      'POST /v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{',
    ],
  ])('is cut in the middle of its %s, however often it sends a little more', async (_, beginning) => {
    const { port, hostname } = new URL(app.url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    await once(socket, 'connect');
    const began = performance.now();
    const answer = text(socket);
    socket.write(beginning);
    const drip = setInterval(() => socket.write(' '), 200);
    try {
      expect(await Promise.race([answer, sleep(15_000, 'still open')])).toMatch(/^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(drip);
      socket.destroy();
    }
    expect(performance.now() - began).toBeGreaterThan(900);
    await request(app.url).get('/health/live').expect(200);
  });
});
