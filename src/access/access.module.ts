import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ErrorRegistry } from '../platform/errors/error-registry';
import type { ErrorDefinition } from '../platform/errors/error-catalogue';
import { AccessTokenClaimsRegistry } from './access-token-claims.registry';
import { AccessCatalogue, type AccessFeature } from './access-catalogue';
import { AccessDeclarationsCheck } from './access-declarations.check';
import { MfaGuard } from './mfa.guard';
import { PermissionsGuard } from './permissions.guard';
import { ReachableAcr } from './reachable-acr';
import { RecentAuthenticationGuard } from './recent-authentication.guard';
import { RolesGuard } from './roles.guard';

export interface AccessFeatureOptions extends AccessFeature {
  /** The module's error codes with status and title; they join the catalogue and OpenAPI. */
  readonly errors?: Readonly<Record<string, ErrorDefinition>>;
}

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    AccessCatalogue,
    AccessDeclarationsCheck,
    AccessTokenClaimsRegistry,
    MfaGuard,
    PermissionsGuard,
    ReachableAcr,
    RecentAuthenticationGuard,
    RolesGuard,
  ],
  exports: [
    AccessCatalogue,
    AccessTokenClaimsRegistry,
    MfaGuard,
    PermissionsGuard,
    ReachableAcr,
    RecentAuthenticationGuard,
    RolesGuard,
  ],
})
export class AccessModule {
  /**
   * Registers what a module brings along.
   *
   * @throws Error at start when a permission or error code is taken
   * @example
   * @Module({ imports: [AccessModule.forFeature({ permissions: { 'payouts:approve': 'Approve payouts' } })] })
   * export class PayoutsModule {}
   */
  static forFeature({ errors = {}, ...feature }: AccessFeatureOptions): DynamicModule {
    return {
      module: AccessFeatureModule,
      providers: [
        {
          provide: Symbol('access feature'),
          inject: [AccessCatalogue, ErrorRegistry],
          useFactory: (catalogue: AccessCatalogue, registry: ErrorRegistry) => {
            catalogue.register(feature);
            registry.register(errors);
            return feature;
          },
        },
      ],
    };
  }
}

@Module({})
class AccessFeatureModule {}
