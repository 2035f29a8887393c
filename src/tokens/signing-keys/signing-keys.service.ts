import { Injectable } from '@nestjs/common';
import type { Principal } from '../../access/principal';
import { SigningKeySettings } from '../../platform/config/settings/signing-key.settings';
import type { ClientInfo } from '../../platform/http/client-info';
import { RevocationPoller } from '../revocation/revocation-poller';
import { toSigningKeyDto } from './signing-key-view';
import type { SigningKeyPageDto } from './dto/signing-key.dto';
import { SigningKeyRing } from './signing-key-ring';
import { SigningKeyRotation } from './signing-key-rotation';
import { SigningKeyStore } from './signing-key.store';

/** What an administrator sees of the keys and does to them. */
@Injectable()
export class SigningKeysService {
  constructor(
    private readonly store: SigningKeyStore,
    private readonly rotation: SigningKeyRotation,
    private readonly ring: SigningKeyRing,
    private readonly revocations: RevocationPoller,
    private readonly settings: SigningKeySettings,
  ) {}

  /** All of them: there are never more than a few. */
  async list(): Promise<SigningKeyPageDto> {
    const keys = await this.store.list();
    const active = keys.find(({ state }) => state === 'active');
    return { items: keys.map((key) => toSigningKeyDto(key, active, this.settings)), nextCursor: null };
  }

  async rotate(compromised: boolean, principal: Principal, { ip }: ClientInfo): Promise<SigningKeyPageDto> {
    const { userId: actorId, sessionId } = principal;
    await this.rotation.run(compromised ? 'compromised' : 'rotate', { actorId, sessionId, ip });
    // First, and it does not fail: whatever becomes of the reading, the leaked key is refused here.
    if (compromised) await this.revocations.catchUp();
    await this.ring.read();
    return this.list();
  }
}
