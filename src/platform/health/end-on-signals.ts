import { type INestApplication, Logger } from '@nestjs/common';
import type { Server } from 'node:http';
import { constants } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Readiness } from './readiness';

/** For what had begun when the listener closed. Whoever is slower, or says nothing at all, must not hold the service up. */
const DRAIN_MS = 10_000;
const LOOK_EVERY_MS = 250;

/** One Ctrl-C arrives twice where `npm` hands it on, too. */
const SAME_PRESS_MS = 500;

/**
 * Ends the service in two steps: readiness says `stopping` at once, while it still serves for `delaySeconds`, so that a load
 * balancer can turn elsewhere; then it takes no more, finishes what it has begun within ten seconds, and goes. A second signal
 * ends it on the spot.
 */
export function endOnSignals(app: INestApplication, delaySeconds: number): void {
  const logger = new Logger('Shutdown');
  const readiness = app.get(Readiness);
  let begun: number | undefined;

  const end = async (): Promise<void> => {
    readiness.beginStopping();
    logger.log(`Stopping in ${delaySeconds} s`);
    await sleep(delaySeconds * 1000);
    try {
      drain(app.getHttpServer() as Server);
      await app.close();
      process.exit(0);
    } catch (error) {
      logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.exit(1);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (begun === undefined) {
        begun = performance.now();
        void end();
      } else if (performance.now() - begun > SAME_PRESS_MS) {
        process.exit(128 + constants.signals[signal]);
      }
    });
  }
}

/** Connections whose request was answered while the listener closed are idle only then; the rest end with the time. */
function drain(server: Server): void {
  const until = performance.now() + DRAIN_MS;
  const timer = setInterval(() => {
    if (performance.now() < until) server.closeIdleConnections();
    else server.closeAllConnections();
  }, LOOK_EVERY_MS);
  timer.unref();
}
