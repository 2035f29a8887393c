import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { clientConfigOf } from '../../platform/database/data-source-options';
import { Readiness } from '../../platform/health/readiness';
import { Hints } from '../../platform/redis/hints';
import { RevocationLog, type RevocationPosition } from './revocation-log';
import { RevocationMetrics } from './revocation-metrics';
import { RevocationSet } from './revocation-set';

const INTERVAL_MS = 1000;
const SWEEP_EVERY_MS = 60_000;
/** A sweep takes its time: what it reads at once delays what is new. */
const SWEEP_PAGES = 5;
/** A server that does not answer is gone: the next poll tries a new connection. */
const QUERY_TIMEOUT_MS = 3000;
/** However many hints come, polls that follow them begin no closer together. */
const HINT_GAP_MS = 50;
/** Reads everything: every transaction id is above it. */
const FROM_THE_START = '0';

/**
 * Reads the revocation log once a second, on a connection of its own, so that a busy pool delays no revocation. A hint of another
 * replica brings the next read forward, and can do nothing else.
 */
@Injectable()
export class RevocationPoller implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RevocationPoller.name);
  private connection: Client | undefined;
  private horizon = FROM_THE_START;
  /** How far the sweep under way has come. */
  private sweep: RevocationPosition | undefined;
  private sweptAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> = Promise.resolve();
  private queued: Promise<void> | undefined;
  private failing = false;
  private hasRead = false;
  private stopped = false;
  private channel: string | undefined;
  private hinted: NodeJS.Timeout | undefined;
  private followedHintAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: RevocationLog,
    private readonly revocations: RevocationSet,
    private readonly hints: Hints,
    private readonly metrics: RevocationMetrics,
    readiness: Readiness,
  ) {
    readiness.add('revocations', () => revocations.isCurrent);
  }

  /** The service listens only after the first full read. */
  async onModuleInit(): Promise<void> {
    await this.poll();
    this.schedule();
  }

  /** After the last request was answered: until then somebody has to know what is revoked. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.hinted);
    await this.polling.catch(() => undefined);
    this.disconnect();
  }

  /**
   * To be called after the commit of a revocation: tells the other replicas, and reads what has committed up to now, so that it
   * counts here before it is answered. If the database cannot be reached, the next poll that succeeds makes up for it.
   */
  async catchUp(): Promise<void> {
    if (this.channel !== undefined) this.hints.send(this.channel);
    await this.readAgain();
  }

  private async readAgain(): Promise<void> {
    // A poll under way may have begun before the commit: wait for one that begins now. All who wait share it.
    this.queued ??= this.polling
      .catch(() => undefined)
      .then(() => {
        this.queued = undefined;
        this.polling = this.poll();
        return this.polling;
      });
    await this.queued.catch((error: unknown) => {
      this.reportFailure(error);
    });
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      void this.readAgain().finally(() => {
        this.schedule();
      });
    }, INTERVAL_MS);
    this.timer.unref();
  }

  private onHint(): void {
    // While the database is away, the timer alone asks for it.
    if (this.hinted !== undefined || this.failing || this.stopped) return;
    const wait = Math.max(0, this.followedHintAt + HINT_GAP_MS - performance.now());
    this.hinted = setTimeout(() => {
      this.hinted = undefined;
      this.followedHintAt = performance.now();
      void this.readAgain();
    }, wait).unref();
  }

  private async poll(): Promise<void> {
    if (this.stopped) return;
    const began = performance.now();
    try {
      this.connection ??= await this.connect();
      await this.listenForHints(this.connection);
      await this.readNew(this.connection, began);
      this.revocations.markCurrent(began);
      await this.sweepSome(this.connection, began);
      if (this.failing) this.logger.log('Revocations are read again');
      this.failing = false;
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  /** What has committed since the last time; everything on a new connection. */
  private async readNew(connection: Client, began: number): Promise<void> {
    if (this.horizon === FROM_THE_START) {
      this.sweep = undefined;
      this.sweptAt = began;
    }
    let page = await this.log.readPage(connection, { xid: this.horizon });
    const { horizon } = page;
    const learned = this.revocations.add(page.revocations);
    while (page.next !== undefined) {
      page = await this.log.readPage(connection, page.next);
      learned.push(...this.revocations.add(page.revocations));
    }
    this.horizon = horizon;
    // What lay there before this process started is no news to it, and its age no lag.
    if (this.hasRead) this.metrics.learnedOf(learned);
    this.hasRead = true;
  }

  /** Once a minute, over as many polls as it takes: reads everything again, and forgets what is over. */
  private async sweepSome(connection: Client, began: number): Promise<void> {
    if (this.sweep === undefined && began - this.sweptAt > SWEEP_EVERY_MS) {
      this.sweep = { xid: FROM_THE_START };
      this.sweptAt = began;
    }
    for (let pages = 0; pages < SWEEP_PAGES && this.sweep !== undefined; pages++) {
      const { revocations, next } = await this.log.readPage(connection, this.sweep);
      this.revocations.add(revocations);
      this.sweep = next;
      if (next === undefined) this.revocations.forgetExpired();
    }
  }

  private async connect(): Promise<Client> {
    const connection = new Client({
      ...clientConfigOf(this.dataSource),
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
    });
    // A connection that breaks while it rests says so by an event, which would end the process if nobody listened.
    connection.on('error', () => {
      if (this.connection === connection) this.connection = undefined;
    });
    await connection.connect();
    // It may lead to another server, which took over and counts transactions from a lower number.
    this.horizon = FROM_THE_START;
    return connection;
  }

  private async listenForHints(connection: Client): Promise<void> {
    if (this.channel !== undefined) return;
    this.channel = await this.log.channelName(connection);
    this.hints.listen(this.channel, () => {
      this.onHint();
    });
  }

  /** Waits for nobody: a server that hangs says no goodbye. */
  private disconnect(): void {
    const { connection } = this;
    this.connection = undefined;
    connection?.end().catch(() => undefined);
  }

  private reportFailure(error: unknown): void {
    if (!this.failing) this.logger.error(`Revocations cannot be read: ${String(error)}`);
    this.failing = true;
  }
}
