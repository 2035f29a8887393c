import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull } from 'typeorm';
import { newId } from '../../../platform/crypto/new-id';
import { Clock } from '../../../platform/clock/clock';
import { MacKeys } from '../../../platform/crypto/mac-keys';
import { RecoveryCodeEntity } from './entities/recovery-code.entity';
import { generateRecoveryCode } from './recovery-code';

const PURPOSE = 'recovery-code';
const CODES = 10;

@Injectable()
export class RecoveryCodeStore {
  constructor(
    private readonly macKeys: MacKeys,
    private readonly clock: Clock,
  ) {}

  /** Makes a new set; the one before is void. @returns the codes in clear, the only time they are */
  async replace(tx: EntityManager, userId: string): Promise<string[]> {
    const codes = Array.from({ length: CODES }, generateRecoveryCode);
    await tx.delete(RecoveryCodeEntity, { userId });
    await tx.insert(
      RecoveryCodeEntity,
      codes.map((code) => ({
        id: newId(),
        userId,
        mac: this.macKeys.sign(PURPOSE, dataOf(userId, code.replaceAll('-', ''))).digest,
        createdAt: this.clock.now(),
        usedAt: null,
      })),
    );
    return codes;
  }

  /** Uses a code up. @param code normalized. @returns true once */
  async consume(tx: EntityManager, userId: string, code: string): Promise<boolean> {
    const macs = this.macKeys.candidates(PURPOSE, dataOf(userId, code));
    const { affected } = await tx.update(
      RecoveryCodeEntity,
      { userId, mac: In(macs), usedAt: IsNull() },
      { usedAt: this.clock.now() },
    );
    return affected === 1;
  }

  async status(tx: EntityManager, userId: string): Promise<{ remaining: number; generatedAt: Date | null }> {
    const codes = await tx.find(RecoveryCodeEntity, { where: { userId }, select: { usedAt: true, createdAt: true } });
    return {
      remaining: codes.filter(({ usedAt }) => usedAt === null).length,
      generatedAt: codes[0]?.createdAt ?? null,
    };
  }

  async drop(tx: EntityManager, userId: string): Promise<void> {
    await tx.delete(RecoveryCodeEntity, { userId });
  }
}

function dataOf(userId: string, code: string): string {
  return `${userId}\0${code}`;
}
