/** Work in rounds, never two at once: who asks during a round gets another one after it. */
export class Rounds {
  private running: Promise<void> | undefined;
  private isAskedAgain = false;
  private isOver = false;

  /** @param failed a round has thrown this; the next is begun when somebody asks */
  constructor(
    private readonly round: () => Promise<void>,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** No further round begins: one that runs may see it, and be quick. */
  get isStopping(): boolean {
    return this.isOver;
  }

  /** Returns at once. */
  ask(): void {
    if (this.isOver) return;
    this.isAskedAgain = true;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  /** Resolves once nobody asks any more, also when a round has failed. */
  async settled(): Promise<void> {
    await this.running;
  }

  /** Begins no further round. Resolves once the last has ended. */
  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      while (this.isAskedAgain) {
        this.isAskedAgain = false;
        await this.round();
      }
    } catch (error) {
      this.failed(error);
    }
  }
}
