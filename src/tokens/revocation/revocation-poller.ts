import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { clientConfigOf } from '../../platform/database/data-source-options';
import { Readiness } from '../../platform/health/readiness';
import { RevocationLog } from './revocation-log';
import { RevocationSet } from './revocation-set';

const INTERVAL_MS = 1000;
const FULL_READ_EVERY_MS = 60_000;
/** A server that does not answer is gone: the next poll tries a new connection. */
const QUERY_TIMEOUT_MS = 4000;
/** Reads everything: every transaction id is above it. */
const FROM_THE_START = '0';

/** Reads the revocation log once a second, on a connection of its own, so that a busy pool delays no revocation. */
@Injectable()
export class RevocationPoller implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(RevocationPoller.name);
  private connection: Client | undefined;
  private horizon = FROM_THE_START;
  private fullReadAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> = Promise.resolve();
  private queued: Promise<void> | undefined;
  private failing = false;
  private stopped = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: RevocationLog,
    private readonly revocations: RevocationSet,
    readiness: Readiness,
  ) {
    readiness.add('revocations', () => revocations.isCurrent);
  }

  /** The service listens only after the first full read. */
  async onModuleInit(): Promise<void> {
    await this.poll();
    this.schedule();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.polling.catch(() => undefined);
    await this.disconnect();
  }

  /**
   * Reads what has committed up to now, so that a revocation this process just wrote counts before it is answered. If the
   * database cannot be reached, the next poll that succeeds makes up for it.
   */
  async catchUp(): Promise<void> {
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
      void this.catchUp().finally(() => {
        this.schedule();
      });
    }, INTERVAL_MS);
    this.timer.unref();
  }

  private async poll(): Promise<void> {
    if (this.stopped) return;
    const began = performance.now();
    try {
      this.connection ??= await this.connect();
      if (began - this.fullReadAt > FULL_READ_EVERY_MS) this.horizon = FROM_THE_START;
      const { horizon, revocations } = await this.log.readFrom(this.connection, this.horizon);
      this.revocations.add(revocations, began);
      if (this.horizon === FROM_THE_START) {
        this.fullReadAt = began;
        this.revocations.forgetExpired();
      }
      this.horizon = horizon;
      if (this.failing) this.logger.log('Revocations are read again');
      this.failing = false;
    } catch (error) {
      this.horizon = FROM_THE_START;
      await this.disconnect();
      throw error;
    }
  }

  private async connect(): Promise<Client> {
    const connection = new Client({ ...clientConfigOf(this.dataSource), query_timeout: QUERY_TIMEOUT_MS });
    // A connection that breaks while it rests says so by an event, which would end the process if nobody listened.
    connection.on('error', () => {
      if (this.connection === connection) this.connection = undefined;
    });
    await connection.connect();
    return connection;
  }

  private async disconnect(): Promise<void> {
    const { connection } = this;
    this.connection = undefined;
    await connection?.end().catch(() => undefined);
  }

  private reportFailure(error: unknown): void {
    if (!this.failing) this.logger.error(`Revocations cannot be read: ${String(error)}`);
    this.failing = true;
  }
}
