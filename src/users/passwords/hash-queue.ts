import { DomainError } from '../../platform/errors/domain-error';

/**
 * Runs costly work a few at a time and lets a bounded number wait, so that a flood of logins leaves the rest of the service
 * quick.
 */
export class HashQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly concurrency: number,
    private readonly capacity: number,
  ) {}

  /** @throws DomainError `service_busy` when too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.concurrency) {
      if (this.waiting.length >= this.capacity) {
        throw new DomainError('service_busy', { detail: 'Too many sign-ins at once.', retryAfter: 2 });
      }
      // Whoever finishes hands its place over, so the count stays.
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
