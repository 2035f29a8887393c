import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AuditModule } from './audit/audit.module';
import { ClockModule } from './clock/clock.module';
import { CryptoModule } from './crypto/crypto.module';
import { DatabaseModule } from './database/database.module';
import { ErrorsModule } from './errors/errors.module';
import { EventsModule } from './events/events.module';
import { HealthModule } from './health/health.module';
import { HttpModule } from './http/http.module';
import { MetricsModule } from './metrics/metrics.module';
import { NotificationsModule } from './notifications/notifications.module';
import { RateLimitsModule } from './rate-limits/rate-limits.module';
import { RedisModule } from './redis/redis.module';

/** What any backend needs. All of it is global. */
@Module({
  imports: [
    ScheduleModule.forRoot(),
    ClockModule,
    ErrorsModule,
    DatabaseModule,
    RedisModule,
    CryptoModule,
    AuditModule,
    NotificationsModule,
    EventsModule,
    HealthModule,
    HttpModule,
    MetricsModule,
    RateLimitsModule,
  ],
})
export class PlatformModule {}
