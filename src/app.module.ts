import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessModule } from './access/access.module';
import { AccountPageModule } from './account-page/account-page.module';
import { AdministrationModule } from './administration/administration.module';
import { AuthModule } from './auth/auth.module';
import { DevelopmentModule } from './development/development.module';
import { PayoutsModule } from './examples/payouts/payouts.module';
import { MfaModule } from './mfa/mfa.module';
import { modules } from './modules';
import type { SettingsClass } from './platform/config/load-settings';
import { ServerSettings } from './platform/config/settings/server.settings';
import { SettingsModule, settingsFor } from './platform/config/settings.module';
import { ProblemFilter } from './platform/errors/problem.filter';
import { strictValidation } from './platform/errors/validation';
import { PlatformModule } from './platform/platform.module';
import { RateLimitGuard } from './platform/rate-limits/rate-limit.guard';
import { TokensModule } from './tokens/tokens.module';
import { UsersModule } from './users/users.module';

/**
 * The composition root. Global guards in their order: `RateLimitGuard`, since those of the root module come first, and
 * `AccessTokenGuard`, which `TokensModule` brings along.
 */
@Module({})
export class AppModule {
  static forRoot(settings: ReadonlyMap<SettingsClass, object>): DynamicModule {
    const server = settingsFor(settings, ServerSettings);
    return {
      module: AppModule,
      imports: [
        SettingsModule.forRoot(settings),
        PlatformModule,
        AccessModule,
        UsersModule,
        TokensModule,
        MfaModule,
        AuthModule,
        AdministrationModule,
        ...(server.accountPage ? [AccountPageModule] : []),
        ...(server.examples ? [PayoutsModule] : []),
        ...(server.hasDevelopmentRoutes ? [DevelopmentModule] : []),
        ...modules,
      ],
      providers: [
        { provide: APP_GUARD, useExisting: RateLimitGuard },
        { provide: APP_PIPE, useFactory: strictValidation },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
