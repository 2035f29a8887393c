import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { Setting } from '../setting.decorator';

/** What becomes of audit events. */
export class AuditSettings {
  @Setting({
    name: 'AUDIT_RETENTION',
    defaultInWords: 'none: for ever',
    type: 'integer',
    description: 'How long audit events are kept, in seconds, 86400 (a day) to 3155760000. Their seals stay.',
  })
  @IsOptional()
  @IsInt()
  @Min(86_400)
  @Max(3_155_760_000)
  retention?: number;
}
