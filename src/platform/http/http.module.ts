import { Global, Module } from '@nestjs/common';
import { AllowedOrigins } from './allowed-origins';

@Global()
@Module({ providers: [AllowedOrigins], exports: [AllowedOrigins] })
export class HttpModule {}
