import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import { AccessTokenMinter, TokenSettings } from './built';

/** A live access token of a caller with a second factor, as the application mints them. */
export function mintToken(app: NestFastifyApplication): string {
  const settings = app.get(TokenSettings, { strict: false });
  const now = Math.floor(Date.now() / 1000);
  return app.get(AccessTokenMinter, { strict: false }).mint({
    userId: randomUUID(),
    sessionId: randomUUID(),
    username: 'somebody',
    clientId: settings.clientId,
    roles: ['user'],
    permissions: [],
    acr: 'aal2',
    amr: ['pwd', 'otp', 'mfa'],
    authTime: now,
    mfaTime: now,
    mfaEnrolled: true,
    tokenVersion: 1,
    tokenId: randomUUID(),
    issuedAt: now,
    expiresAt: now + settings.accessTokenTtl,
    claims: {},
  });
}
