import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Session } from '../../tokens/sessions/session';
import { SessionStore } from '../../tokens/sessions/session.store';
import type { SignInAccount } from '../../users/accounts/account';
import { Accounts } from '../../users/accounts/accounts.store';
import { KnownDevices } from '../../users/password-attempts/known-devices';
import { SignInNotices } from './sign-in-notices';

/** What is written once a session gives its first access token. */
@Injectable()
export class CompleteSignInService {
  constructor(
    private readonly accounts: Accounts,
    private readonly sessions: SessionStore,
    private readonly devices: KnownDevices,
    private readonly notices: SignInNotices,
  ) {}

  /** @returns the token of a device that was not known before */
  async complete(tx: EntityManager, session: Session, account: SignInAccount): Promise<string | undefined> {
    if (account.firstSignInAt === null) await this.accounts.markFirstSignIn(tx, account.id);
    if (!session.isPending) return undefined;
    await this.sessions.activate(tx, session);
    await this.accounts.markSignIn(tx, account.id);
    await this.notices.tell(tx, session);
    return session.isNewDevice ? this.devices.remember(tx, account.id) : undefined;
  }
}
