import { useEffect, useState } from 'preact/hooks';

interface Source {
  subscribe(listener: () => void): () => void;
}

/** One value that the whole page shows, or none. */
export class Cell<T> implements Source {
  private current: T | undefined;
  private readonly listeners = new Set<() => void>();

  get value(): T | undefined {
    return this.current;
  }

  set(value: T | undefined): void {
    this.current = value;
    for (const listener of this.listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** What a source says now, and again at each change. */
export function useSource<T>(source: Source, read: () => T): T {
  const [value, setValue] = useState(read);
  useEffect(() => {
    const update = () => {
      setValue(read());
    };
    update(); // It may have changed before this component listened.
    return source.subscribe(update);
  }, [source]);
  return value;
}
