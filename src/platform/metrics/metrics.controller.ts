import { Controller, Get, StreamableFile, UseGuards } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../errors/api-problems.decorator';
import { Public } from '../http/public.decorator';
import { ApiMetricsToken } from '../openapi/security-schemes';
import { Metrics } from './metrics';
import { MetricsTokenGuard } from './metrics-token.guard';

@ApiTags('9. Standards and operation')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** Counters and the state of the process, for Prometheus. Production has no such route without the setting `METRICS_TOKEN`. */
  @Public()
  @UseGuards(MetricsTokenGuard)
  @ApiMetricsToken()
  @Get()
  @ApiProduces('text/plain')
  @ApiOkResponse({
    description: 'Text format 0.0.4',
    content: {
      'text/plain': { schema: { type: 'string' }, example: 'countersign_refreshes_total{outcome="rotated"} 42' },
    },
  })
  @ApiProblems('token_missing', 'token_invalid', 'not_found')
  async read(): Promise<StreamableFile> {
    const { contentType, text } = await this.metrics.exposition();
    return new StreamableFile(Buffer.from(text), { type: contentType });
  }
}
