import type { EntityManager } from 'typeorm';

/** The people at the front desk, however one reaches them. */
export abstract class Desk {
  /** Has a word handed to the person. @throws DomainError `delivery_failed` */
  abstract handOut(username: string, word: string): Promise<void>;

  /** Asks whether it is this person who signs in. @throws DomainError `delivery_failed` */
  abstract ask(question: string, userId: string, number: string): Promise<void>;

  /** What the desk has said so far; undefined while it has said nothing. */
  abstract answerTo(tx: EntityManager, question: string): Promise<'yes' | 'no' | 'stranger' | undefined>;
}
