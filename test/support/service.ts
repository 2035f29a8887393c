import request, { type Test } from 'supertest';
import { DataSource } from 'typeorm';
import { ServiceClientStore } from '../../src/tokens/oauth/clients/service-client.store';
import type { TestApp } from './test-app';

/** Another service, which asks about the tokens that it is shown. */
export class Service {
  private constructor(
    private readonly app: TestApp,
    readonly id: string,
    readonly secret: string,
  ) {}

  /** A service with a client of its own. */
  static async registered(app: TestApp, audiences: readonly string[] = ['countersign']): Promise<Service> {
    const { manager } = app.nest.get(DataSource);
    const store = app.nest.get(ServiceClientStore, { strict: false });
    const { id, secret } = await store.create(manager, 'a service', audiences);
    return new Service(app, id, secret);
  }

  introspect(token: string): Test {
    return this.ask(new URLSearchParams({ token }).toString());
  }

  /** @param form as it is sent */
  ask(form: string, authorization = basic(this.id, this.secret)): Test {
    const test = request(this.app.url)
      .post('/oauth/introspect')
      .set('content-type', 'application/x-www-form-urlencoded');
    return (authorization === '' ? test : test.set('authorization', authorization)).send(form);
  }
}

export function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
