import { Clock } from '../../src/platform/clock/clock';

/** A clock that stands still until it is moved. */
export class FakeClock extends Clock {
  private millis = Date.UTC(2026, 5, 1, 12, 0, 0);

  override now(): Date {
    return new Date(this.millis);
  }

  /** Moves on by so many seconds. */
  advance(seconds: number): void {
    this.millis += seconds * 1000;
  }
}
