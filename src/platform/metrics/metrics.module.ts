import { Global, Module } from '@nestjs/common';
import { GuardRefusals } from './guard-refusals';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { PrometheusMetrics } from './prometheus-metrics';

@Global()
@Module({
  controllers: [MetricsController],
  providers: [{ provide: Metrics, useClass: PrometheusMetrics }, GuardRefusals],
  exports: [Metrics, GuardRefusals],
})
export class MetricsModule {}
