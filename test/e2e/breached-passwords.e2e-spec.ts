import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Forgetful } from '../support/password-recovery';
import { Person } from '../support/person';
import { refused } from '../support/refused';
import { startTestApp, type TestApp } from '../support/test-app';

const BREACHED = 'correct horse battery staple';

describe('A password that is known from a breach, with BREACHED_PASSWORDS_URL', () => {
  let service: Server;
  let app: TestApp;
  let somebody: Forgetful;
  let isUp: boolean;

  beforeAll(async () => {
    const digest = createHash('sha1').update(BREACHED).digest('hex').toUpperCase();
    service = createServer((request, response) => {
      if (!isUp) response.writeHead(500).end();
      else response.end(request.url === `/range/${digest.slice(0, 5)}` ? `${digest.slice(5)}:42\r\n` : '');
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const { port } = service.address() as AddressInfo;
    const BREACHED_PASSWORDS_URL = `http://127.0.0.1:${port}/range`;
    app = await startTestApp({ env: { DOCS: 'off', BREACHED_PASSWORDS_URL } });
    somebody = new Forgetful(app);
  });
  afterAll(async () => {
    await app.close();
    service.closeAllConnections();
    service.close();
  });

  /** The three routes that take a new password. */
  async function routes() {
    const ada = await Person.withEmail(app);
    const token = await somebody.link(ada);
    const { username } = new Person(app);
    const change = { currentPassword: ada.password, newPassword: BREACHED };
    return {
      registration: () => ada.post('/v1/auth/register', { username, password: BREACHED }),
      change: () => ada.put('/v1/users/me/password', change, ada.accessToken),
      reset: () => somebody.reset(token, BREACHED),
    };
  }

  it('is refused at registration, change and reset', async () => {
    isUp = true;
    const { registration, change, reset } = await routes();
    for (const [route, path] of [
      [registration, 'password'],
      [change, 'newPassword'],
      [reset, 'newPassword'],
    ] as const) {
      const { body } = await refused(route(), 400, 'password_rejected');
      expect(body.errors).toEqual([{ path, code: 'breached', message: expect.any(String) }]);
    }
  });

  it('is taken by all three while that service is down, and the log says so', async () => {
    isUp = false;
    const { registration, change } = await routes();
    await registration().expect(201);
    await change().expect(204);
    const { reset } = await routes();
    await reset().expect(204);
    expect(app.log.filter((line) => line.includes('taken unchecked')).length).toBeGreaterThanOrEqual(3);
  });
});
