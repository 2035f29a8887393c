import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SigningKeyRing } from './signing-key-ring';
import { SigningKeyRotation } from './signing-key-rotation';

/** How soon a replica knows what another one did to the keys. */
const EVERY_MS = 1000;

/** Reads the keys again and again, and moves them on when it is time. Any replica may be the one. */
@Injectable()
export class SigningKeySchedule implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(SigningKeySchedule.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private failing = false;
  private stopped = false;

  constructor(
    private readonly ring: SigningKeyRing,
    private readonly rotation: SigningKeyRotation,
  ) {}

  /** A timer of its own: those of `@Interval()` end before the last request is answered. */
  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.tick(), EVERY_MS).unref();
  }

  async tick(): Promise<void> {
    if (this.stopped) return;
    this.running ??= this.moveOn().finally(() => (this.running = undefined));
    await this.running;
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  private async moveOn(): Promise<void> {
    try {
      await this.ring.read();
      if (this.rotation.isDue(this.ring.all, 'tick')) {
        await this.rotation.run('tick');
        await this.ring.read();
      }
      if (this.failing) this.logger.log('Signing keys are read and moved on again');
      this.failing = false;
    } catch (error) {
      if (!this.failing) this.logger.error(`Signing keys cannot be read or moved on: ${String(error)}`);
      this.failing = true;
    }
  }
}
