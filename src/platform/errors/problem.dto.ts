import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FieldError, ProblemRequirement } from './domain-error';

/** One thing that is wrong with a request. */
export class FieldErrorDto implements FieldError {
  /** Dotted path of the field. */
  @ApiProperty({ example: 'username' })
  readonly path!: string;

  /** Stable snake_case reason. */
  @ApiProperty({ example: 'too_short' })
  readonly code!: string;

  /** Plain sentence for a developer. */
  @ApiProperty({ example: 'username must be 3 to 64 letters, digits, ".", "_" or "-"' })
  readonly message!: string;
}

/** What a guard demands. */
export class ProblemRequirementDto implements ProblemRequirement {
  /** The least rung of the ladder. */
  @ApiPropertyOptional({ example: 'aal2' })
  readonly acr?: string;

  /** Seconds for which a verified second factor, or a sign-in, is good enough. */
  @ApiPropertyOptional({ type: 'integer', example: 300 })
  readonly maxAge?: number;

  /** Values of `amr`, one of which must have been verified. */
  @ApiPropertyOptional({ type: [String], example: ['otp'] })
  readonly methods?: readonly string[];

  /** All of them are needed. */
  @ApiPropertyOptional({ type: [String], example: ['payouts:approve'] })
  readonly permissions?: readonly string[];

  /** All of them are needed. */
  @ApiPropertyOptional({ type: [String], example: ['accountant'] })
  readonly roles?: readonly string[];
}

/** RFC 9457 problem details, as every failure is answered. */
export class Problem {
  /** Identifies the kind of problem; need not resolve. */
  @ApiProperty({ format: 'uri', example: 'https://countersign.dev/problems/token_missing' })
  type!: string;

  /** The same for every occurrence of a code. */
  @ApiProperty({ example: 'A token is needed' })
  title!: string;

  /** The HTTP status. */
  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599, example: 401 })
  status!: number;

  /** What went wrong this time. */
  @ApiProperty({ example: 'Send an access token as Authorization: Bearer.' })
  detail!: string;

  /** Stable; what a client branches on. */
  @ApiProperty({ example: 'token_missing' })
  code!: string;

  /** Names this request in the log. */
  @ApiProperty({ format: 'uuid', example: '019bfe3a-9d1c-7c55-b8a2-6f2f4c0d9e11' })
  requestId!: string;

  /** With `validation_failed` and `password_rejected`: what is wrong, field by field. */
  @ApiPropertyOptional({ type: [FieldErrorDto] })
  errors?: readonly FieldErrorDto[];

  /** Seconds until another try makes sense. */
  @ApiPropertyOptional({ type: 'integer', example: 30 })
  retryAfter?: number;

  /** With `invalid_code`: tries that are left. */
  @ApiPropertyOptional({ type: 'integer', example: 4 })
  attemptsRemaining?: number;

  /** What a guard demands. */
  @ApiPropertyOptional({ type: ProblemRequirementDto })
  required?: ProblemRequirementDto;
}
