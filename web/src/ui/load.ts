import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiRequest } from '../api/requests';
import { type Call } from '../client';
import type { Explanation } from '../i18n/explain';
import { explainNow } from './form';

export interface Loaded<T> {
  readonly data: T | undefined;
  readonly failure: Explanation | undefined;
  readonly reload: () => Promise<void>;
  readonly set: (data: T) => void;
}

/** What the service says, at once and again by `reload`; meanwhile what it said before stays. */
export function useLoaded<T>(call: Call, request: () => ApiRequest<T>): Loaded<T> {
  const [data, setData] = useState<T>();
  const [failure, setFailure] = useState<Explanation>();
  const isHere = useRef(true);
  const reload = async () => {
    try {
      const answer = await call(request());
      if (!isHere.current) return;
      setData(answer);
      setFailure(undefined);
    } catch (error) {
      if (isHere.current) setFailure(explainNow(error));
    }
  };
  useEffect(() => {
    isHere.current = true;
    void reload();
    return () => {
      isHere.current = false;
    };
  }, []);
  return { data, failure, reload, set: setData };
}
