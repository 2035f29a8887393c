/** The database cannot be used as things stand. The message says in plain words what is in the way; it holds no secret. */
export class DatabaseNotReadyError extends Error {
  override readonly name = 'DatabaseNotReadyError';
}
