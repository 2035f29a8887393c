import { Global, Module } from '@nestjs/common';
import { Outbox } from './outbox';
import { OutboxHousekeeping } from './outbox-housekeeping';

@Global()
@Module({ providers: [Outbox, OutboxHousekeeping], exports: [Outbox] })
export class NotificationsModule {}
