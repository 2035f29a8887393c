import { DomainError } from '../../platform/errors/domain-error';

/**
 * Does work once whoever asked for it is answered, one piece after the other: the answer takes as long whatever there is to do, and
 * a flood of requests holds one connection of the pool. A bounded number waits.
 */
export class AfterAnswerQueue {
  private readonly waiting: (() => Promise<void>)[] = [];
  private running: Promise<void> | undefined;

  /** @param report told of work that failed; the next goes on */
  constructor(
    private readonly capacity: number,
    private readonly report: (error: unknown) => void,
  ) {}

  /** @throws DomainError `service_busy` when too much waits already */
  add(work: () => Promise<void>): void {
    if (this.waiting.length >= this.capacity) throw new DomainError('service_busy', { retryAfter: 2 });
    this.waiting.push(work);
    this.running ??= this.workOff();
  }

  /** Resolves once everything is done that was added before. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async workOff(): Promise<void> {
    // The answer is on its way before the first piece begins.
    await new Promise(setImmediate);
    for (let work = this.waiting.shift(); work !== undefined; work = this.waiting.shift()) {
      try {
        await work();
      } catch (error) {
        this.report(error);
      }
    }
    this.running = undefined;
  }
}
