import { Injectable } from '@nestjs/common';

/** The time of day. A port, so that tests can move it. */
export abstract class Clock {
  /** The present moment. */
  abstract now(): Date;

  /** The present moment in whole seconds since the epoch, rounded down (RFC 7519 NumericDate). */
  nowInSeconds(): number {
    return Math.floor(this.now().getTime() / 1000);
  }

  /**
   * The moment `seconds` from now; negative values lie in the past.
   *
   * @example clock.in(300) // five minutes from now
   */
  in(seconds: number): Date {
    return new Date(this.now().getTime() + seconds * 1000);
  }
}

@Injectable()
export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }

  // Asked twice by each guarded request: no Date is made.
  override nowInSeconds(): number {
    return Math.floor(Date.now() / 1000);
  }
}
