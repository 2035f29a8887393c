import type { Principal } from '../../access/principal';
import type { SigningKeySettings } from '../../platform/config/settings/signing-key.settings';
import type { ClientInfo } from '../../platform/http/client-info';
import type { RevocationPoller } from '../revocation/revocation-poller';
import type { SigningKeyRing } from './signing-key-ring';
import type { SigningKeyRotation } from './signing-key-rotation';
import type { SigningKeyStore } from './signing-key.store';
import { SigningKeysService } from './signing-keys.service';

describe(SigningKeysService.name, () => {
  it.each([
    ['refuses a leaked key at once', true, ['rotate', 'catch up', 'read']],
    ['only rotates one that has not leaked', false, ['rotate', 'read']],
  ])('%s, even where the keys cannot be read after that', async (_, compromised, expected) => {
    const done: string[] = [];
    const step = (name: string) => () => {
      done.push(name);
      return name === 'read' ? Promise.reject(new Error('the database is away')) : Promise.resolve([]);
    };
    const service = new SigningKeysService(
      {} as SigningKeyStore,
      { run: step('rotate') } as unknown as SigningKeyRotation,
      { read: step('read') } as unknown as SigningKeyRing,
      { catchUp: step('catch up') } as unknown as RevocationPoller,
      {} as SigningKeySettings,
    );
    const admin = { userId: 'ada', sessionId: 'session' } as Principal;
    await expect(service.rotate(compromised, admin, { ip: '::1' } as ClientInfo)).rejects.toThrow('away');
    expect(done).toEqual(expected);
  });
});
