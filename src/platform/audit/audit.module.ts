import { Global, Module } from '@nestjs/common';
import { AuditLog } from './audit-log';
import { AuditRemovalStore } from './audit-removal.store';
import { AuditRetention } from './audit-retention';
import { AuditSealer } from './audit-sealer';
import { AuditSealStore } from './audit-seal.store';
import { AuditTrail } from './audit-trail';

@Global()
@Module({
  providers: [AuditLog, AuditTrail, AuditSealStore, AuditSealer, AuditRemovalStore, AuditRetention],
  exports: [AuditLog, AuditTrail],
})
export class AuditModule {}
