import { type Notice, Notices } from '../../src/users/notices/notices';
import { readJws } from './jws';
import type { Person } from './person';
import type { TestApp } from './test-app';

/** Listens to what owners of accounts are told. Which words that takes, and who carries them, is tested elsewhere. */
export class Told {
  private readonly send;

  constructor(app: TestApp) {
    this.send = jest.spyOn(app.nest.get(Notices, { strict: false }), 'send');
  }

  /** What this person, who is signed in, was told so far. */
  to({ accessToken }: Person): Notice[] {
    const { sub } = readJws(accessToken).payload;
    return this.send.mock.calls.filter(([, userId]) => userId === sub).map(([, , notice]) => notice);
  }
}
