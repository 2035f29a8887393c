import type { Narrator } from './narrator';

export interface SeenTokens {
  accessToken: string;
  refreshToken: string;
  mfaToken: string;
}

/** A `fetch` that tells the narrator what travels, and remembers the newest tokens: some steps try them out by hand. */
export function observedFetch(narrator: Narrator) {
  const seen: SeenTokens = { accessToken: '', refreshToken: '', mfaToken: '' };
  const observed: typeof fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = typeof init?.body === 'string' ? init.body : undefined;
    narrator.request(init?.method ?? 'GET', url.pathname, new Headers(init?.headers), body);
    const response = await fetch(input, init);
    const text = await response.clone().text();
    narrator.response(response.status, text);
    remember(text, seen);
    return response;
  };
  return { fetch: observed, seen };
}

function remember(text: string, seen: SeenTokens): void {
  const body = parsed(text);
  const result = { ...body, ...(body['auth'] as Record<string, unknown> | undefined) };
  for (const name of ['accessToken', 'refreshToken', 'mfaToken'] as const) {
    const token = result[name];
    if (typeof token === 'string') seen[name] = token;
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
