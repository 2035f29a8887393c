/** The rows of a RETURNING clause, under their column names. */
export function returnedRows<Row>(result: { raw: unknown }): Row[] {
  return result.raw as Row[];
}
