import { ApiProblem, problemFrom, Unreachable } from './problem';
import type { ApiRequest } from './requests';

/** A refresh whose answer was lost is repeated within the server's REFRESH_GRACE (30 s): two attempts fit. */
const ANSWER_DUE_IN = 12_000;

/** Sends requests to the service that served the page. */
export type Send = <T>(request: ApiRequest<T>, bearer?: string) => Promise<T>;

/** @param base the path of the service on its host, without a slash at the end */
export function sender(base: string, fetchIt: typeof fetch = (input, init) => fetch(input, init)): Send {
  return async <T>({ method, path, body }: ApiRequest<T>, bearer?: string): Promise<T> => {
    const headers: Record<string, string> = { 'x-token-transport': 'cookie' };
    if (bearer !== undefined) headers['authorization'] = `Bearer ${bearer}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await fetchIt(base + path, {
        method,
        headers,
        credentials: 'same-origin',
        redirect: 'error',
        cache: 'no-store',
        signal: AbortSignal.timeout(ANSWER_DUE_IN),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw await problemFrom(response);
      const text = await response.text();
      return (text === '' ? undefined : parse(text, response.status)) as T;
    } catch (error) {
      if (error instanceof ApiProblem) throw error;
      throw new Unreachable({ cause: error });
    }
  };
}

function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiProblem({ status, code: 'unexpected_answer' }); // A captive portal answers 200 with a page of its own.
  }
}
