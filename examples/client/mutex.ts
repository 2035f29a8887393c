/** Runs `fn` while nothing else under the same lock runs. `navigator.locks` has this shape, across tabs. */
export type Lock = <T>(fn: () => Promise<T>) => Promise<T>;

/** A lock within one page or process: first come, first served. */
export function mutex(): Lock {
  let last: Promise<unknown> = Promise.resolve();
  return (fn) => {
    const mine = last.then(fn);
    last = mine.catch(() => undefined);
    return mine;
  };
}
