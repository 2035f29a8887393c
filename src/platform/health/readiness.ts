import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

type Check = () => boolean | Promise<boolean>;

/** Whether this process can do its work: the database answers, and whatever else modules depend on. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  private readonly checks = new Map<string, Check>();
  private isStopping = false;

  constructor(dataSource: DataSource) {
    this.add('database', async () => {
      await dataSource.query('SELECT 1');
      return true;
    });
  }

  add(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  /** Says so first, so that a load balancer sends nobody any more. */
  beforeApplicationShutdown(): void {
    this.isStopping = true;
  }

  /** Names of what is not ready. */
  async failing(): Promise<string[]> {
    if (this.isStopping) return ['stopping'];
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => {
        try {
          return (await check()) ? [] : [name];
        } catch {
          return [name];
        }
      }),
    );
    return results.flat();
  }
}
