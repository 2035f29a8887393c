/** How many clients the races have. */
export const CLIENTS = 30;

/** Does something as many times, all at once. @returns what came of each, in order */
export function atOnce<T>(act: (client: number) => PromiseLike<T>, clients = CLIENTS): Promise<T[]> {
  return Promise.all(Array.from({ length: clients }, (_, client) => act(client)));
}

/** How many answers there are of each kind: `200`, or the code of the problem. */
export function tally(answers: readonly { status: number; body: { code?: string } }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const kind = body.code ?? String(status);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
