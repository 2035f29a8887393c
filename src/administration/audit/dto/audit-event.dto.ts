import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsISO8601, IsString, IsUUID, Matches, MaxLength } from 'class-validator';
import { IsGiven } from '../../../platform/http/is-given.decorator';
import { PageDto, PageQueryDto } from '../../../platform/http/page.dto';

/** Something that happened, as it was recorded. */
export class AuditEventDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  at!: Date;

  @ApiProperty({ example: 'session.login' })
  type!: string;

  @ApiProperty({ enum: ['success', 'failure'], enumName: 'AuditOutcome' })
  outcome!: 'success' | 'failure';

  /** Who did it; null where nobody was recognised. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  actorId!: string | null;

  /** Whose account it concerns. */
  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  subjectId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  sessionId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '203.0.113.7' })
  ip!: string | null;

  /** Further facts, by the type. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { status: 'authenticated' } })
  details!: Record<string, unknown>;
}

export class AuditEventPageDto extends PageDto {
  items!: AuditEventDto[];
}

/** All that is given must hold. */
export class AuditQueryDto extends PageQueryDto {
  /** Whose account it concerns. */
  @ApiPropertyOptional({ format: 'uuid' })
  @IsGiven()
  @IsUUID()
  subject?: string;

  /** Who did it. */
  @ApiPropertyOptional({ format: 'uuid' })
  @IsGiven()
  @IsUUID()
  actor?: string;

  @ApiPropertyOptional({ example: 'session.login' })
  @IsGiven()
  @IsString()
  @MaxLength(128)
  type?: string;

  /** From this moment on. */
  @ApiPropertyOptional({ format: 'date-time' })
  @IsGiven()
  @IsMoment()
  from?: string;

  /** Before this moment. */
  @ApiPropertyOptional({ format: 'date-time' })
  @IsGiven()
  @IsMoment()
  to?: string;
}

/** RFC 3339, with its offset: a time without one would be that of this machine. */
function IsMoment(): PropertyDecorator {
  return (target, property) => {
    IsISO8601({ strict: true, strictSeparator: true })(target, property);
    Matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/, {
      message: `${String(property)} must be a time of RFC 3339, like 2026-06-01T12:00:00Z`,
    })(target, property);
  };
}
