import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { ModuleMetadata } from '@nestjs/common';
import { type PrincipalSketch, requestsAs, type Requester } from '../../src/access/testing';
import { AppModule } from '../../src/app.module';
import { createAdapter, recordRoutes, setUpApp } from '../../src/app.setup';
import { Clock } from '../../src/platform/clock/clock';
import { readSettings } from '../../src/platform/config/settings.module';
import { NestLogger } from '../../src/platform/logging/logger';
import { type TestDatabase, testDatabase } from './database';
import { FakeClock } from './fake-clock';

/** Cheap hashes: what is tested is not argon2. */
const TEST_SETTINGS = {
  NODE_ENV: 'test',
  PORT: '0',
  ISSUER: 'http://localhost:3000',
  ARGON2_MEMORY_KIB: '8',
  ARGON2_TIME: '1',
  LOG_LEVEL: 'info',
};

export interface TestAppOptions {
  readonly env?: Record<string, string>;
  readonly imports?: ModuleMetadata['imports'];
  /** Shares the database of another application. */
  readonly database?: TestDatabase;
  /** Goes on by the clock of another application. */
  readonly clock?: FakeClock;
}

export interface TestApp {
  readonly nest: NestFastifyApplication;
  readonly clock: FakeClock;
  readonly database: TestDatabase;
  /** Every line logged so far. */
  readonly log: string[];
  /** Address it listens on. */
  readonly url: string;
  /** Every route that the router knows, as `GET /v1/users/me`. */
  readonly routes: readonly string[];
  /** Requests as this caller, without a login; as nobody when left out. */
  as(caller?: PrincipalSketch): Requester;
  close(): Promise<void>;
}

/** The whole application on a database of its own, listening on loopback, with a clock that tests move. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = options.database ?? (await testDatabase());
  const settings = readSettings({
    ...TEST_SETTINGS,
    // Many sign-ins from one address. A test of the limits switches them on; production takes nothing else.
    RATE_LIMITS: options.env?.['NODE_ENV'] === 'production' ? 'on' : 'off',
    ...database.env,
    ...options.env,
  });
  const clock = options.clock ?? new FakeClock();
  const log: string[] = [];
  const keep = (line: string) => {
    log.push(line);
    if (process.env['TEST_LOG']) process.stderr.write(line);
  };
  const adapter = createAdapter(settings, { logStream: { write: keep } });
  const fastify = adapter.getInstance<FastifyInstance>();
  const methodsOf = recordRoutes(fastify);
  const routes: string[] = [];
  fastify.addHook('onRoute', ({ method, url }) => {
    routes.push(...[method].flat().map((each) => `${each} ${url}`));
  });
  const testingModule = await Test.createTestingModule({
    imports: [AppModule.forRoot(settings), ...(options.imports ?? [])],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .compile();
  const nest = testingModule.createNestApplication<NestFastifyApplication>(adapter, {
    bodyParser: false,
    logger: new NestLogger(fastify.log),
  });
  try {
    setUpApp(nest, settings, methodsOf);
    await nest.listen(0, '127.0.0.1');
  } catch (error) {
    await nest.close();
    throw error;
  }
  return {
    nest,
    clock,
    database,
    log,
    url: await nest.getUrl(),
    routes,
    as: (caller) => requestsAs(nest, caller),
    close: async () => {
      await nest.close();
      if (options.database === undefined) await database.drop();
    },
  };
}
