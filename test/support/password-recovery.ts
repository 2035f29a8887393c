import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import type { Test } from 'supertest';
import { Person } from './person';
import type { TestApp } from './test-app';

export interface SentMessage {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly data: { readonly token?: string };
}

/** Whoever uses the forgotten-password routes: they know a name, or have a link, and nothing else. */
export class Forgetful {
  private requests = 0;
  private readonly anyone: Person;

  constructor(private readonly app: TestApp) {
    this.anyone = new Person(app);
  }

  forgot(identifier: string): Test {
    this.requests++;
    return this.anyone.post('/v1/auth/password/forgot', { identifier });
  }

  /** Others have asked as well, at this database. */
  beside(requests: number): void {
    this.requests += requests;
  }

  reset(token: string, newPassword: string): Test {
    return this.anyone.post('/v1/auth/password/reset', { token, newPassword });
  }

  /** Until what was asked for by `forgot` is done, which is after its answer. */
  async settled(): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      if ((await auditOf(this.app, 'account.password_reset_requested')).length >= this.requests) return;
      await sleep(5);
    }
    throw new Error('The requests were not worked off');
  }

  /** The links that an address got, newest first. */
  async links(email: string): Promise<SentMessage[]> {
    await this.settled();
    return (await messagesTo(this.anyone, email)).filter(({ text }) => text.includes('#reset-password='));
  }

  /** A link for this person. @returns its token */
  async link(person: Person): Promise<string> {
    const before = (await this.links(person.email)).length;
    await this.forgot(person.username).expect(202);
    const links = await this.links(person.email);
    if (links.length !== before + 1) throw new Error('There is no new link');
    return links[0]!.data.token!;
  }
}

/** Messages to an address, newest first. */
export async function messagesTo(anyone: Person, email: string): Promise<SentMessage[]> {
  const { body } = await anyone.get(`/dev/outbox?to=${encodeURIComponent(email)}`).expect(200);
  return body.items as SentMessage[];
}

export interface AuditRow {
  readonly outcome: string;
  readonly actorId: string | null;
  readonly subjectId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Audit events of a type, oldest first. */
export async function auditOf(app: TestApp, type: string): Promise<AuditRow[]> {
  const dataSource = app.nest.get(DataSource);
  return dataSource.query<AuditRow[]>(
    `SELECT outcome, actor_id AS "actorId", subject_id AS "subjectId", details
       FROM ${dataSource.getMetadata('AuditEventEntity').tablePath} WHERE type = $1 ORDER BY id`,
    [type],
  );
}
