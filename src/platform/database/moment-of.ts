/** A `timestamptz` of a row: a `Date` already, or the text that it is within JSON. Null stays null. */
export function momentOf(value: unknown): unknown {
  return typeof value === 'string' ? new Date(value) : value;
}
