import { Logger } from '@nestjs/common';
import { performance } from 'node:perf_hooks';
import type { DataSource } from 'typeorm';
import { SystemClock } from '../../platform/clock/clock';
import { SecretBoxError } from '../../platform/crypto/secret-box';
import { Readiness } from '../../platform/health/readiness';
import { RevocationSet } from '../revocation/revocation-set';
import { makeKeyMaterial, openKey } from './key-material';
import { SigningKeyRing } from './signing-key-ring';
import type { SigningKeyRotation } from './signing-key-rotation';
import type { SigningKeyStore, StoredKey } from './signing-key.store';

describe(SigningKeyRing.name, () => {
  let now: number;
  let rows: StoredKey[];
  let readings: number;
  let isDatabaseGone: boolean;
  let revocations: RevocationSet;
  let readiness: Readiness;
  let ring: SigningKeyRing;

  beforeEach(async () => {
    now = 1_000_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    rows = [await aRow('active'), await aRow('next')];
    readings = 0;
    isDatabaseGone = false;
    const store = {
      list: async () => {
        readings += 1;
        const snapshot = [...rows];
        await Promise.resolve();
        if (isDatabaseGone) throw new Error('gone');
        return snapshot;
      },
    };
    revocations = new RevocationSet(new SystemClock());
    readiness = new Readiness({ query: () => Promise.resolve([]) } as unknown as DataSource);
    ring = new SigningKeyRing(
      store as unknown as SigningKeyStore,
      { run: () => Promise.resolve([]) } as unknown as SigningKeyRotation,
      revocations,
      readiness,
    );
    await ring.onModuleInit();
  });
  afterEach(() => jest.restoreAllMocks());

  async function aRow(state: StoredKey['state']): Promise<StoredKey> {
    const { kid, alg, publicJwk, bytes } = await makeKeyMaterial('ES256');
    const times = { createdAt: new Date(), requestedAt: null, activatedAt: null, retiredAt: null };
    return { kid, alg, publicJwk, state, ...times, open: () => openKey(alg, bytes) };
  }
  const revoke = (kid: string) => {
    revocations.add([{ kind: 'key', subject: kid, minVersion: null, expiresAt: 2 ** 40 }]);
  };
  const [active, next] = [() => rows[0]!, () => rows[1]!];

  it('signs with the active key, by what was read in the last thirty seconds', async () => {
    expect(ring.active.kid).toBe(active().kid);
    now += 30_000;
    expect(ring.active.kid).toBe(active().kid);
    now += 1;
    expect(() => ring.active).toThrow(expect.objectContaining({ code: 'unavailable' }));
    expect(ring.find(active().kid)).toBeDefined(); // verification goes on
    await ring.read();
    expect(ring.active.kid).toBe(active().kid);
  });

  it('counts from when a reading began, and not a failed one', async () => {
    now += 20_000;
    isDatabaseGone = true;
    await expect(ring.read()).rejects.toThrow('gone');
    now += 10_001;
    expect(() => ring.active).toThrow(expect.objectContaining({ code: 'unavailable' }));
    isDatabaseGone = false;
    await ring.read(); // one that failed is not in the way of the next
    expect(ring.active.kid).toBe(active().kid);
  });

  it('signs with the next key where the active one was revoked, before it has read that', () => {
    revoke(active().kid);
    expect(ring.active.kid).toBe(next().kid);
    expect(ring.find(active().kid)).toBeUndefined();
    expect(ring.all.map(({ kid }) => kid)).toEqual([next().kid]);
    revoke(next().kid);
    expect(() => ring.active).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });

  it('reads again for an unknown key, at most once a second, however many ask', async () => {
    const other = await aRow('retired');
    rows.push(other);
    const before = readings;
    await Promise.all(Array.from({ length: 20 }, () => ring.learn(other.kid)));
    expect(ring.find(other.kid)?.kid).toBe(other.kid);
    expect(readings).toBe(before + 1);
    for (let tries = 0; tries < 10; tries++) await ring.learn(`unknown ${tries}`);
    expect(readings).toBe(before + 1);
    now += 1000;
    await ring.learn('unknown');
    expect(readings).toBe(before + 2);
    await ring.learn(other.kid); // known
    expect(readings).toBe(before + 2);
  });

  it('forgets keys that are gone, and opens none twice', async () => {
    const { privateKey } = ring.active;
    const gone = next().kid;
    rows = [active(), await aRow('next')];
    await ring.read();
    expect(ring.find(gone)).toBeUndefined();
    expect(ring.active.privateKey).toBe(privateKey);
  });

  it('ends with the newest of readings that overlap', async () => {
    const reading = ring.read();
    rows = [await aRow('active')];
    await Promise.all([reading, ring.read()]);
    expect(ring.active.kid).toBe(active().kid);
  });

  it('says that the service is not ready once it has not read for thirty seconds', async () => {
    now += 30_000;
    expect(await readiness.failing()).toEqual([]);
    now += 1;
    expect(await readiness.failing()).toEqual(['signing keys']);
    await ring.read();
    expect(await readiness.failing()).toEqual([]);
  });

  describe('where a key does not open', () => {
    let logged: { error: jest.SpyInstance; log: jest.SpyInstance };
    const closed = async (state: StoredKey['state']): Promise<StoredKey> => ({
      ...(await aRow(state)),
      open: () => {
        throw new SecretBoxError('sealed with the key "new"');
      },
    });
    beforeEach(() => {
      logged = {
        error: jest.spyOn(Logger.prototype, 'error').mockReturnValue(),
        log: jest.spyOn(Logger.prototype, 'log'),
      };
      logged.log.mockReturnValue(undefined);
    });

    it.each(['next', 'retired'] as const)('goes on without one that is %s, and says so once', async (state) => {
      const strange = await closed(state);
      const { open } = await aRow(state);
      rows = [active(), strange];
      now += 30_000;
      for (let times = 0; times < 3; times++) await ring.read();
      now += 30_000;
      expect(ring.active.kid).toBe(active().kid);
      expect(await readiness.failing()).toEqual([]);
      expect(ring.all.map(({ kid }) => kid)).toEqual([active().kid]);
      expect(logged.error.mock.calls).toEqual([[expect.stringContaining(`${state} signing key ${strange.kid}`)]]);

      rows = [active(), { ...strange, open }]; // sealed anew
      for (let times = 0; times < 2; times++) await ring.read();
      expect(ring.find(strange.kid)).toBeDefined();
      expect(logged.log.mock.calls).toEqual([[expect.stringContaining(`${strange.kid} opens now`)]]);
    });

    it('signs no longer than before, and is not ready, without the active one', async () => {
      const before = active().kid;
      rows = [await closed('active'), { ...active(), state: 'retired' }];
      now += 30_000;
      await expect(ring.read()).rejects.toThrow(SecretBoxError);
      expect(ring.active.kid).toBe(before);
      now += 1;
      expect(() => ring.active).toThrow(expect.objectContaining({ code: 'unavailable' }));
      expect(await readiness.failing()).toEqual(['signing keys']);
    });

    it('takes nobody for a failure of its own who comes with an unknown key', async () => {
      rows = [await closed('active')];
      const asked = Array.from({ length: 3 }, (_, at) => ring.learn(`unknown ${at}`));
      for (const each of asked) await expect(each).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
});
