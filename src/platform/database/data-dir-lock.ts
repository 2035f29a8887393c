import { randomUUID } from 'node:crypto';
import { constants, copyFileSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseNotReadyError } from './database-not-ready.error';
import { errorCodeOf } from './error-code';

/** Who holds a data folder. */
export interface LockHolder {
  readonly pid: number;
  /** When the process began, in ticks of the kernel since boot; null where the system does not tell. */
  readonly startedAt: string | null;
  /** Names this very lock, so that nobody removes another one by mistake. */
  readonly token: string;
  /** Folder of the Unix socket on which the holder serves the database. */
  readonly socketFolder: string;
}

const FILE = 'database.lock';
const TRIES = 100;

/** Locks that this process holds: where the system tells no start times, an own pid alone proves nothing. */
const ownTokens = new Set<string>();

/**
 * Holds a data folder for one process: two servers on the same files would destroy them. The lock of a process that has
 * died is taken over.
 */
export class DataDirLock {
  private constructor(
    private readonly file: string,
    private readonly holder: LockHolder,
  ) {}

  /**
   * @param onTakeover - told of the dead holder whose lock was removed
   * @throws DatabaseNotReadyError when a living process holds the folder; the message names its pid
   */
  static async acquire(
    dataDir: string,
    socketFolder: string,
    onTakeover: (dead: LockHolder) => void,
  ): Promise<DataDirLock> {
    const file = join(dataDir, FILE);
    const holder: LockHolder = {
      pid: process.pid,
      startedAt: processState(process.pid).startedAt,
      token: randomUUID(),
      socketFolder,
    };
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (create(file, holder)) return new DataDirLock(file, holder);
      const other = read(file);
      if (other === undefined) continue; // gone in the meantime
      if (isAlive(other)) {
        throw new DatabaseNotReadyError(
          `The data folder ${dataDir} is in use by process ${other.pid}. Stop that process, or choose another folder with DATA_DIR.`,
        );
      }
      if (removeDead(file, other, holder)) onTakeover(other);
      else await sleep(10); // another starter is about to remove it
    }
    throw new DatabaseNotReadyError(
      `The data folder ${dataDir} cannot be locked. If no process uses it, remove ${file}.`,
    );
  }

  /** The living process that holds the folder, if there is one. */
  static holderOf(dataDir: string): LockHolder | undefined {
    const holder = read(join(dataDir, FILE));
    return holder && isAlive(holder) ? holder : undefined;
  }

  /** Gives the folder back. Synchronous, so that it also works while the process exits. */
  release(): void {
    ownTokens.delete(this.holder.token);
    if (read(this.file)?.token === this.holder.token) rmSync(this.file, { force: true });
  }
}

/** Creates a file exclusively and with its whole content: nobody ever reads half of it. */
function create(file: string, holder: LockHolder): boolean {
  const draft = `${file}.${holder.token}.draft`;
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    try {
      linkSync(draft, file);
    } catch (error) {
      if (errorCodeOf(error) === 'EEXIST') throw error;
      copyFileSync(draft, file, constants.COPYFILE_EXCL); // a file system without hard links
    }
    ownTokens.add(holder.token);
    return true;
  } catch (error) {
    if (errorCodeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Removes the lock of a dead process. Only whoever creates the marker named after that lock may do so; otherwise a
 * slow starter could remove the lock that a quicker one has just made in its place. A marker left by a process that
 * died at this point is removed in the same way.
 */
function removeDead(file: string, dead: LockHolder, self: LockHolder): boolean {
  const marker = `${file}.${dead.token}`;
  const claim = { ...self, token: randomUUID() };
  if (!create(marker, claim)) {
    const other = read(marker);
    if (other && !isAlive(other)) removeDead(marker, other, self);
    return false;
  }
  const isStillThere = read(file)?.token === dead.token;
  if (isStillThere) rmSync(file, { force: true });
  rmSync(marker, { force: true });
  ownTokens.delete(claim.token);
  return isStillThere;
}

function read(file: string): LockHolder | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as LockHolder;
  } catch {
    throw new DatabaseNotReadyError(
      `The lock file ${file} is damaged. If no process uses the folder, remove the file.`,
    );
  }
}

function isAlive(holder: LockHolder): boolean {
  if (holder.pid === process.pid) return ownTokens.has(holder.token);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (errorCodeOf(error) === 'ESRCH') return false;
  }
  const { startedAt, isZombie } = processState(holder.pid);
  if (isZombie) return false;
  // The pid may have been given to another process since.
  return startedAt === null || holder.startedAt === null || startedAt === holder.startedAt;
}

/** What Linux tells about a process: proc_pid_stat(5), fields 3 (state) and 22 (starttime). */
function processState(pid: number): { startedAt: string | null; isZombie: boolean } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { startedAt: fields[19] ?? null, isZombie: fields[0] === 'Z' };
  } catch {
    return { startedAt: null, isZombie: false };
  }
}
