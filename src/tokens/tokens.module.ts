import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { AccessTokenMinter } from '../access/access-token-minter';
import { AccessTokenGuard } from './access-tokens/access-token.guard';
import { AccessTokenIssuer } from './access-tokens/access-token-issuer';
import { AccessTokenMetrics } from './access-tokens/access-token-metrics';
import { AccessTokenStrategy } from './access-tokens/access-token.strategy';
import { VerifiedTokenCache } from './access-tokens/verified-token-cache';
import { MfaTokens } from './mfa-tokens/mfa-tokens';
import { ClientAuthentication } from './oauth/clients/client-authentication';
import { ServiceClientStore } from './oauth/clients/service-client.store';
import { IntrospectionController } from './oauth/introspection.controller';
import { IntrospectionService } from './oauth/introspection.service';
import { MetadataController } from './oauth/metadata.controller';
import { RefreshTokenCodec } from './refresh-tokens/refresh-token-codec';
import { RevocationLog } from './revocation/revocation-log';
import { RevocationMetrics } from './revocation/revocation-metrics';
import { RevocationPoller } from './revocation/revocation-poller';
import { RevocationSet } from './revocation/revocation-set';
import { SessionMetrics } from './sessions/session-metrics';
import { SessionOfToken } from './sessions/session-of-token';
import { SessionEndings } from './sessions/session-endings.store';
import { SessionPasswordCounts } from './sessions/session-password-counts.store';
import { SessionStore } from './sessions/session.store';
import { JwksController } from './signing-keys/jwks.controller';
import { SigningKeyRing } from './signing-keys/signing-key-ring';
import { SigningKeyRotation } from './signing-keys/signing-key-rotation';
import { SigningKeySchedule } from './signing-keys/signing-key-schedule';
import { SigningKeyStore } from './signing-keys/signing-key.store';
import { SigningKeysController } from './signing-keys/signing-keys.controller';
import { SigningKeysService } from './signing-keys/signing-keys.service';
import { TokenHousekeeping } from './token-housekeeping';

@Module({
  // No secret and no default options: every call names its key.
  imports: [JwtModule.register({}), PassportModule],
  controllers: [JwksController, SigningKeysController, MetadataController, IntrospectionController],
  providers: [
    SigningKeyRing,
    SigningKeyRotation,
    SigningKeySchedule,
    SigningKeyStore,
    SigningKeysService,
    AccessTokenIssuer,
    { provide: AccessTokenMinter, useExisting: AccessTokenIssuer },
    AccessTokenStrategy,
    VerifiedTokenCache,
    AccessTokenGuard,
    AccessTokenMetrics,
    { provide: APP_GUARD, useExisting: AccessTokenGuard },
    MfaTokens,
    RefreshTokenCodec,
    RevocationLog,
    RevocationPoller,
    RevocationSet,
    SessionEndings,
    SessionPasswordCounts,
    SessionStore,
    SessionOfToken,
    TokenHousekeeping,
    SessionMetrics,
    RevocationMetrics,
    ServiceClientStore,
    ClientAuthentication,
    IntrospectionService,
  ],
  exports: [
    AccessTokenMinter,
    MfaTokens,
    RefreshTokenCodec,
    RevocationLog,
    RevocationPoller,
    SessionOfToken,
    SessionEndings,
    SessionPasswordCounts,
    SessionStore,
  ],
})
export class TokensModule {}
