import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_CATALOGUE, type ErrorCode } from '../errors/error-catalogue';
import { toProblem } from '../errors/problem';
import { BARE_SECURITY_HEADERS } from './security-headers';

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what Node could not read as HTTP, and ends the connection. */
export function answerClientError(error: { readonly code?: string }, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) {
    const code = CODES[error.code ?? ''] ?? 'bad_request';
    const { body, headers } = toProblem(code, ERROR_CATALOGUE[code], {}, requestId);
    const text = JSON.stringify(body);
    const all = {
      ...BARE_SECURITY_HEADERS,
      ...headers,
      'content-length': Buffer.byteLength(text),
      connection: 'close',
    };
    const head = [
      `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status] ?? ''}`,
      ...Object.entries(all).map(([name, value]) => `${name}: ${value}`),
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
  }
  socket.destroySoon();
}
