import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { DomainError } from '../errors/domain-error';
import { ApiProblems } from '../errors/api-problems.decorator';
import { Public } from '../http/public.decorator';
import { HealthDto } from './health.dto';
import { Readiness } from './readiness';

@ApiTags('9. Standards and operation')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Whether the process lives. Does not ask the database. */
  @Public()
  @Get('live')
  @ApiOkResponse({ type: HealthDto, description: 'It does' })
  live(): HealthDto {
    return { status: 'ok' };
  }

  /** Whether requests can be served. */
  @Public()
  @Get('ready')
  @ApiOkResponse({ type: HealthDto, description: 'They can' })
  @ApiProblems('unavailable')
  async ready(): Promise<HealthDto> {
    const failing = await this.readiness.failing();
    if (failing.length > 0) {
      throw new DomainError('unavailable', {
        cause: `not ready: ${failing.join(', ')}`,
        ...(this.readiness.isStopping && { detail: 'The service is stopping.' }),
      });
    }
    return { status: 'ok' };
  }
}
