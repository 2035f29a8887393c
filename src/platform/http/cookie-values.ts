import { parseCookie } from 'cookie';

/** Every value that a `Cookie` header has under this name: a parser of the whole would hide the second one. */
export function cookieValues(header: string | undefined, name: string): string[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const value = parseCookie(pair, { decode: (text) => text })[name];
    return value === undefined ? [] : [value];
  });
}
