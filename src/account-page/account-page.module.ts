import { Module } from '@nestjs/common';
import { AccountPageController } from './account-page.controller';
import { PageFiles } from './page-files';

/** The page at `/account`. */
@Module({ controllers: [AccountPageController], providers: [PageFiles] })
export class AccountPageModule {}
