import { DataSource } from 'typeorm';
import { Accounts } from '../../src/users/accounts/accounts.store';
import { RoleStore } from '../../src/users/roles/role.store';
import { Person } from './person';
import type { TestApp } from './test-app';

/** Gives an account exactly these roles, as an operator at the database would. Its next token has them. */
export async function grant(app: TestApp, userId: string, ...roles: string[]): Promise<void> {
  const accounts = app.nest.get(Accounts, { strict: false });
  await app.nest.get(DataSource).transaction((tx) => accounts.changeRights(tx, userId, { roles }));
}

/** Makes a role out of these permissions. */
export async function makeRole(app: TestApp, name: string, ...permissions: string[]): Promise<void> {
  const roles = app.nest.get(RoleStore, { strict: false });
  await roles.put(app.nest.get(DataSource).manager, { name, permissions });
}

/** Somebody with a second factor, verified just now, and these roles beside `user`. */
export async function member(app: TestApp, ...roles: string[]): Promise<Person> {
  const person = await Person.withApp(app);
  await grant(app, person.id, 'user', ...roles);
  person.take((await person.refresh().expect(200)).body);
  return person;
}

export interface Message {
  readonly channel: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly data: { readonly code?: string; readonly token?: string };
}

/** What was sent to an address, newest first. */
export async function messagesTo(app: TestApp, to: string): Promise<Message[]> {
  const { body } = await app
    .as()
    .get(`/dev/outbox?to=${encodeURIComponent(to)}`)
    .expect(200);
  return body.items as Message[];
}

/** Gives an account an address that counts as verified. */
export async function verifyAddress(app: TestApp, userId: string, email: string): Promise<void> {
  const dataSource = app.nest.get(DataSource);
  await dataSource.query(
    `UPDATE ${dataSource.getMetadata('UserEntity').tablePath}
        SET email = $2, email_folded = $2, email_verified_at = now() WHERE id = $1`,
    [userId, email],
  );
}
