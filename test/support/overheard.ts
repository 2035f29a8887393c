import { Person } from './person';

/** Names under which secrets travel, in requests, answers and messages. */
const SECRET =
  /^(password|newPassword|currentPassword|code|token|accessToken|refreshToken|mfaToken|deviceToken|secret|otpauthUri|enrollmentCode|recoveryCodes|codes)$/;

/** Listens to everything that people and the service tell each other from now on. @returns every secret so far, by its name */
export function overhear(): Map<string, string> {
  const secrets = new Map<string, string>();
  const note = (value: unknown, name = ''): void => {
    if (typeof value === 'string' && SECRET.test(name)) secrets.set(value, name);
    else if (Array.isArray(value)) for (const each of value) note(each, name);
    else if (typeof value === 'object' && value !== null)
      for (const [key, each] of Object.entries(value)) note(each, key);
  };
  const original = Object.getOwnPropertyDescriptor(Person.prototype, 'send')!.value as Person['send'];
  jest.spyOn(Person.prototype, 'send').mockImplementation(function (this: Person, method, path, token) {
    const test = original.call(this, method, path, token);
    if (token && !secrets.has(token)) secrets.set(token, 'bearer token');
    const { send } = test;
    test.send = (body) => {
      note(body);
      return send.call(test, body);
    };
    test.on('response', ({ body }: { body: unknown }) => {
      // A problem has a `code` of its own, which is no secret.
      if (!(typeof body === 'object' && body !== null && 'title' in body)) note(body);
    });
    return test;
  });
  return secrets;
}
