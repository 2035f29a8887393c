import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { Metrics } from '../metrics/metrics';

/** Shows the connections of the pool, without asking the database. */
@Injectable()
export class PoolMetrics {
  constructor(metrics: Metrics, dataSource: DataSource) {
    const { master: pool } = dataSource.driver as unknown as { master: Pool };
    metrics.gauge({
      name: 'countersign_database_pool_connections',
      help: 'Connections of the pool to the database, idle ones included.',
      read: () => pool.totalCount,
    });
    metrics.gauge({
      name: 'countersign_database_pool_idle_connections',
      help: 'Connections of the pool that nobody uses at this moment.',
      read: () => pool.idleCount,
    });
    metrics.gauge({
      name: 'countersign_database_pool_waiting_requests',
      help: 'Requests that wait for a connection of the pool.',
      read: () => pool.waitingCount,
    });
    metrics.gauge({
      name: 'countersign_database_pool_max_connections',
      help: 'DATABASE_POOL_SIZE.',
      read: () => pool.options.max,
    });
  }
}
