import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirLock, type LockHolder } from './data-dir-lock';

describe(DataDirLock.name, () => {
  let dataDir: string;
  let file: string;
  const takenOver: LockHolder[] = [];
  const acquire = () => DataDirLock.acquire(dataDir, '/tmp/sockets', (dead) => takenOver.push(dead));

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'lock-'));
    file = join(dataDir, 'database.lock');
    takenOver.length = 0;
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true });
  });

  function deadHolder(token = 'dead'): LockHolder {
    return { pid: spawnSync(process.execPath, ['-e', '']).pid, startedAt: '1', token, socketFolder: '/tmp/old' };
  }

  it('is held by one only, whose pid the refusal names', async () => {
    const lock = await acquire();
    await expect(acquire()).rejects.toThrow(`in use by process ${process.pid}`);
    lock.release();
    (await acquire()).release();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('is taken over from a dead process by exactly one of many', async () => {
    const dead = deadHolder();
    writeFileSync(file, JSON.stringify(dead));
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, acquire));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(takenOver).toEqual([dead]);
    expect(readdirSync(dataDir)).toEqual(['database.lock']);
  });

  it('is taken over where the taking over itself was cut off before', async () => {
    writeFileSync(file, JSON.stringify(deadHolder('first')));
    writeFileSync(`${file}.first`, JSON.stringify(deadHolder('second')));
    (await acquire()).release();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('does not mistake a new process for a dead one that had the same pid', async () => {
    writeFileSync(file, JSON.stringify({ ...deadHolder(), pid: process.ppid, startedAt: '1' }));
    expect(DataDirLock.holderOf(dataDir)).toBeUndefined();
    (await acquire()).release();
    expect(takenOver).toHaveLength(1);
  });

  it('leaves a lock alone that is no longer its own', async () => {
    const lock = await acquire();
    writeFileSync(file, JSON.stringify(deadHolder('other')));
    lock.release();
    expect(readFileSync(file, 'utf8')).toContain('other');
  });
});
