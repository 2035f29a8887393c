import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { DataDirLock } from './data-dir-lock';
import { DatabaseNotReadyError } from './database-not-ready.error';

const SOCKET_FOLDER_PREFIX = 'countersign-';
const SOCKET_FILE = '.s.PGSQL.5432'; // the name that PostgreSQL clients look for
/** A Unix socket's path is cut off, without an error, after this many bytes (macOS: 103). */
const MAX_SOCKET_PATH = 103;
/** An empty database that the build made: copying it takes a fraction of the time of making one. */
export const TEMPLATE_FOLDER = join(__dirname, 'template');
const STOP_TIMEOUT_MS = 10_000;
const STARTING_TIMEOUT_MS = 30_000;

/**
 * A PostgreSQL inside this process: PGlite in a worker thread, with its files under a data folder, served on a Unix
 * socket for the ordinary driver.
 */
export class EmbeddedPostgres {
  private static readonly begun = new Map<string, Promise<EmbeddedPostgres>>();

  private readonly onProcessExit = () => {
    this.removeTraces();
  };
  private isStopping = false;

  private constructor(
    private readonly lock: DataDirLock,
    private readonly worker: Worker,
    /** What a client takes as its host. */
    readonly socketFolder: string,
  ) {
    process.once('exit', this.onProcessExit);
    worker.once('exit', () => {
      if (this.isStopping) return;
      this.removeTraces();
      // Nothing can be served without the database, and a new start finds all that was answered.
      throw new Error('The embedded database has stopped by itself. Start the service again.');
    });
  }

  /** Begins to start in its own thread, while this one loads the rest; `start` waits for it. */
  static begin(dataDir: string): void {
    const starting = EmbeddedPostgres.boot(dataDir);
    starting.catch(() => undefined); // start() says what is wrong.
    EmbeddedPostgres.begun.set(resolve(dataDir), starting);
  }

  /** @throws DatabaseNotReadyError when another process holds the folder, or the database does not start */
  static start(dataDir: string): Promise<EmbeddedPostgres> {
    const begun = EmbeddedPostgres.begun.get(resolve(dataDir));
    EmbeddedPostgres.begun.delete(resolve(dataDir));
    return begun ?? EmbeddedPostgres.boot(dataDir);
  }

  private static async boot(dataDir: string): Promise<EmbeddedPostgres> {
    makePrivateFolder(dataDir);
    const socketFolder = makeSocketFolder();
    let lock: DataDirLock | undefined;
    try {
      lock = await DataDirLock.acquire(dataDir, socketFolder, (dead) => {
        removeSocketFolder(dead.socketFolder);
      });
      const worker = await startWorker(dataDir, join(socketFolder, SOCKET_FILE));
      return new EmbeddedPostgres(lock, worker, socketFolder);
    } catch (error) {
      removeSocketFolder(socketFolder);
      lock?.release();
      throw error;
    }
  }

  /** The socket folder of the server that another process runs on this data folder, if one does. */
  static async running(dataDir: string): Promise<string | undefined> {
    for (let waited = 0; waited < STARTING_TIMEOUT_MS; waited += 100) {
      const holder = DataDirLock.holderOf(dataDir);
      if (holder === undefined) return undefined;
      if (await answers(join(holder.socketFolder, SOCKET_FILE))) return holder.socketFolder;
      await sleep(100); // it is starting, or about to end
    }
    throw new DatabaseNotReadyError(
      `Process ${DataDirLock.holderOf(dataDir)?.pid ?? '?'} holds the data folder ${dataDir}, but its database does not answer.`,
    );
  }

  /** Ends the server, then the database; then others may have the folder. */
  async stop(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    const ended = new Promise((done) => this.worker.once('exit', done));
    this.worker.ref();
    this.worker.postMessage('stop');
    const timer = setTimeout(() => void this.worker.terminate(), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
    process.off('exit', this.onProcessExit);
    this.removeTraces();
  }

  private removeTraces(): void {
    removeSocketFolder(this.socketFolder);
    this.lock.release();
  }
}

function startWorker(dataDir: string, socketPath: string): Promise<Worker> {
  const databaseFolder = resolve(dataDir, 'postgres');
  const unfinishedMark = `${databaseFolder}.unfinished`;
  // A first start that was cut off leaves a database that never answered anything, and would not start again.
  if (existsSync(unfinishedMark)) rmSync(databaseFolder, { recursive: true, force: true });
  if (!existsSync(databaseFolder)) {
    writeFileSync(unfinishedMark, '', { mode: 0o600 });
    if (existsSync(TEMPLATE_FOLDER)) cpSync(TEMPLATE_FOLDER, databaseFolder, { recursive: true });
  }
  makePrivateFolder(databaseFolder);

  const worker = new Worker(join(__dirname, 'embedded-postgres.worker.js'), {
    workerData: { databaseFolder, unfinishedMark, socketPath },
    execArgv: [],
  });
  return new Promise((started, failed) => {
    worker.once('message', () => {
      worker.removeAllListeners();
      worker.on('error', (error) => {
        throw error;
      });
      worker.unref(); // an application that failed to start may end
      started(worker);
    });
    worker.once('error', (error: Error) => {
      failed(
        new DatabaseNotReadyError(`The embedded database in ${dataDir} does not start: ${error.message}`, {
          cause: error,
        }),
      );
    });
    worker.once('exit', () => {
      failed(new DatabaseNotReadyError(`The embedded database in ${dataDir} does not start.`));
    });
  });
}

function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new DatabaseNotReadyError(`The data folder ${folder} cannot be made: ${(error as Error).message}`);
  }
}

/** The socket lies apart from the data, whose path may be too long for it. `mkdtemp` makes the folder 0700. */
function makeSocketFolder(): string {
  const fits = (parent: string) =>
    Buffer.byteLength(join(parent, `${SOCKET_FOLDER_PREFIX}XXXXXX`, SOCKET_FILE)) <= MAX_SOCKET_PATH;
  return mkdtempSync(join(fits(tmpdir()) ? tmpdir() : '/tmp', SOCKET_FOLDER_PREFIX));
}

/** Removes only what looks like ours: the name comes from a file. */
function removeSocketFolder(folder: string): void {
  if (!basename(folder).startsWith(SOCKET_FOLDER_PREFIX)) return;
  try {
    if (!lstatSync(folder).isDirectory()) return;
    rmSync(join(folder, SOCKET_FILE), { force: true });
    rmdirSync(folder);
  } catch {
    // Gone already, or somebody else's: neither is in the way.
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(socketPath)
      .once('connect', () => {
        socket.destroy();
        done(true);
      })
      .once('error', () => {
        done(false);
      });
  });
}
