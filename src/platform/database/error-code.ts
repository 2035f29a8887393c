/** The `code` of a system or PostgreSQL error. By shape, not by class: under Jest, Node's own errors have another `Error`. */
export function errorCodeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
