import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';

type Check = () => boolean | Promise<boolean>;

/** Who asks does not wait for long: a database that hangs is as good as none. */
const CHECK_TIMEOUT_MS = 2000;

/** Whether this process can do its work: the database answers, and whatever else modules depend on. */
@Injectable()
export class Readiness implements BeforeApplicationShutdown {
  private readonly checks = new Map<string, Check>();
  private stopping = false;

  constructor(dataSource: DataSource) {
    this.add('database', async () => {
      await dataSource.query('SELECT 1');
      return true;
    });
  }

  add(name: string, check: Check): void {
    this.checks.set(name, check);
  }

  get isStopping(): boolean {
    return this.stopping;
  }

  /** From now on it is not ready, so that a load balancer sends nobody any more. */
  beginStopping(): void {
    this.stopping = true;
  }

  beforeApplicationShutdown(): void {
    this.beginStopping();
  }

  /** Names of what is not ready. */
  async failing(): Promise<string[]> {
    if (this.isStopping) return ['stopping'];
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => {
        try {
          return (await withinTime(check())) ? [] : [name];
        } catch {
          return [name];
        }
      }),
    );
    return results.flat();
  }
}

async function withinTime(answer: boolean | Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
