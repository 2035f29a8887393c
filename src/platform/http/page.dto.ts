import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, Matches, Max, Min } from 'class-validator';
import { IsGiven } from './is-given.decorator';
import { validate as isUuid } from 'uuid';
import { DomainError } from '../errors/domain-error';

/** `?limit=&cursor=` of a list, newest first. */
export class PageQueryDto {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
  @IsGiven()
  @Transform(({ value }: { value: unknown }) => (/^\d{1,3}$/.test(String(value)) ? Number(value) : value))
  @IsInt()
  @Min(1)
  @Max(200)
  limit?: number;

  /** `nextCursor` of the page before. */
  @ApiPropertyOptional()
  @IsGiven()
  @Matches(/^[A-Za-z0-9_-]{1,128}$/, { message: 'cursor must be the nextCursor of a page' })
  cursor?: string;
}

export class PageDto {
  /** Gets the next page; null on the last. */
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export const DEFAULT_LIMIT = 50;

/** The id a cursor stands for. @throws DomainError `validation_failed` for one that this service did not make */
export function idOfCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('utf8');
  if (isUuid(id)) return id;
  const message = 'cursor must be the nextCursor of a page';
  throw new DomainError('validation_failed', { errors: [{ path: 'cursor', code: 'malformed', message }] });
}

/**
 * One page out of rows ordered by id, newest first.
 *
 * @param rows one more than `limit`, if there are so many
 */
export function pageOf<T extends { readonly id: string }>(
  rows: readonly T[],
  limit: number,
): { items: T[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, nextCursor: hasMore ? Buffer.from(last.id).toString('base64url') : null };
}
