import { DomainError } from '../../platform/errors/domain-error';

/**
 * Runs costly work a few at a time and lets a bounded number wait, so that a flood of logins leaves the rest of the service
 * quick.
 */
export class HashQueue {
  private active = 0;
  private readonly queue: (() => void)[] = [];
  /** Told of each that is turned away. */
  onRefused?: () => void;

  constructor(
    private readonly concurrency: number,
    private readonly capacity: number,
  ) {}

  /** How many are worked on. */
  get running(): number {
    return this.active;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.queue.length;
  }

  get hasRoom(): boolean {
    return this.queue.length < this.capacity;
  }

  /** To be asked before anything else is done for work that would be refused. @throws DomainError `service_busy` */
  assertRoom(): void {
    if (this.hasRoom) return;
    this.onRefused?.();
    throw new DomainError('service_busy', { detail: 'Too many sign-ins at once.', retryAfter: 2 });
  }

  /** @throws DomainError `service_busy` when too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.active >= this.concurrency) {
      this.assertRoom();
      // Whoever finishes hands its place over, so the count stays.
      await new Promise<void>((resolve) => this.queue.push(resolve));
    } else {
      this.active += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.active -= 1;
      else next();
    }
  }
}
