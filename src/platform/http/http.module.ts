import { Global, Module } from '@nestjs/common';
import { AllowedOrigins } from './allowed-origins';
import { HttpMetrics } from './http-metrics';

@Global()
@Module({ providers: [AllowedOrigins, HttpMetrics], exports: [AllowedOrigins, HttpMetrics] })
export class HttpModule {}
