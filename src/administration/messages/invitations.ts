import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ServerSettings } from '../../platform/config/settings/server.settings';
import { Outbox } from '../../platform/notifications/outbox';
import { OneTimeTokenStore } from '../../users/one-time-tokens/one-time-token.store';

/** Seconds: nobody waits for an invitation. */
const LINK_TTL_SECONDS = 24 * 3600;

interface Addressee {
  readonly id: string;
  readonly username: string;
  /** Where the link goes; whoever uses it has shown that it is theirs. */
  readonly email: string;
}

/** Links by which people choose the first password of an account that an administrator made. */
@Injectable()
export class Invitations {
  constructor(
    private readonly oneTimeTokens: OneTimeTokenStore,
    private readonly outbox: Outbox,
    private readonly settings: ServerSettings,
  ) {}

  /** The link before it is void. */
  async send(tx: EntityManager, { id, username, email }: Addressee): Promise<void> {
    const token = await this.oneTimeTokens.create(tx, 'choose_password', id, LINK_TTL_SECONDS, email);
    await this.outbox.send(tx, {
      channel: 'email',
      to: email,
      template: 'invitation',
      languages: [],
      values: {
        username,
        link: `${this.settings.appUrl}#reset-password=${token}`,
        hours: String(LINK_TTL_SECONDS / 3600),
      },
      data: { token },
    });
  }
}
