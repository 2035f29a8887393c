import { Controller, Get, Param, Res, StreamableFile } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DomainError } from '../platform/errors/domain-error';
import { Public } from '../platform/http/public.decorator';
import { type PageFile, PageFiles } from './page-files';

interface Reply {
  header(name: string, value: string): unknown;
}

/** Only what was built with the page runs or is loaded; nobody frames it, and no script writes HTML. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "frame-ancestors 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

@ApiExcludeController()
@Controller('account')
export class AccountPageController {
  constructor(private readonly files: PageFiles) {}

  /** Never kept: not by caches, and not by the browser behind its back button. */
  @Public()
  @Get()
  page(@Res({ passthrough: true }) reply: Reply): StreamableFile {
    const page = this.files.page();
    reply.header('content-security-policy', PAGE_POLICY);
    return streamed(page);
  }

  /** The name of an asset changes with what is in it. */
  @Public()
  @Get('assets/:name')
  asset(@Param('name') name: string, @Res({ passthrough: true }) reply: Reply): StreamableFile {
    const asset = this.files.asset(name);
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return streamed(asset);
  }

  /** `/account/` is the page as well; the router takes it for another address. */
  @Public()
  @Get('*')
  beneath(@Param('*') rest: string, @Res({ passthrough: true }) reply: Reply): StreamableFile {
    if (rest !== '') throw new DomainError('not_found');
    return this.page(reply);
  }
}

function streamed({ content, type }: PageFile): StreamableFile {
  return new StreamableFile(content, { type, length: content.length });
}
