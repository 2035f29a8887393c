import { Controller, Get, Module } from '@nestjs/common';
import { Public, RequireMfa } from './built';

interface Answer {
  readonly answer: number;
}

/** One handler twice: what the second route costs more is the price of being protected. */
@Controller('bench')
class BenchController {
  @Public()
  @Get('public')
  open(): Answer {
    return answer();
  }

  @RequireMfa()
  @Get('protected')
  closed(): Answer {
    return answer();
  }
}

function answer(): Answer {
  return { answer: 42 };
}

@Module({ controllers: [BenchController] })
export class BenchModule {}
