/** Runs `work` while nothing else under the same lock runs. */
export type Lock = <T>(work: () => Promise<T>) => Promise<T>;

/** A lock within one page: first come, first served. */
export function mutex(): Lock {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** A lock among all tabs that share the cookie, where the browser has locks. */
export function lockOfTabs(): Lock {
  if (!('locks' in navigator)) return mutex();
  return (work) => navigator.locks.request('countersign-tokens', work);
}
