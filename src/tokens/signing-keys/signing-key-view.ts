import type { SigningKeyDto } from './dto/signing-key.dto';
import { activatesAt, type KeyPolicy, type PlannedKey, verifiesUntil } from './signing-key-plan';

/** What is shown of a key: its states and times, and nothing of the key itself. */
export function toSigningKeyDto(key: PlannedKey, active: PlannedKey | undefined, policy: KeyPolicy): SigningKeyDto {
  const { kid, alg, state, createdAt } = key;
  return {
    kid,
    alg,
    state,
    createdAt,
    activeFrom: state === 'next' ? activatesAt(key, active, policy) : (key.activatedAt ?? createdAt),
    verifiesUntil: state === 'retired' ? verifiesUntil(key) : null,
  };
}
