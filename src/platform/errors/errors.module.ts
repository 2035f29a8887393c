import { Global, Module } from '@nestjs/common';
import { ErrorRegistry } from './error-registry';
import { RouteTable } from './route-table';

@Global()
@Module({ providers: [ErrorRegistry, RouteTable], exports: [ErrorRegistry, RouteTable] })
export class ErrorsModule {}
