import { QueryFailedError } from 'typeorm';

/** Whether a statement failed because of this foreign key (SQLSTATE 23503): the row that it names is gone. */
export function isForeignKeyViolation(error: unknown, constraint: string): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const { code, constraint: violated } = error.driverError as { code?: string; constraint?: string };
  return code === '23503' && violated === constraint;
}
