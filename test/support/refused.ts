import type { Response, Test } from 'supertest';

/** Expects a problem with this status and code (RFC 9457), and whatever headers every such answer has. */
export async function refused(test: Test, status: number, code: string): Promise<Response> {
  const response = await test;
  const { body, headers } = response;
  expect({ status: response.status, code: body.code as unknown }).toEqual({ status, code });
  expect(body).toMatchObject({ status, type: `https://countersign.dev/problems/${code}` });
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  if (status === 401) expect(headers['www-authenticate']).toMatch(/^Bearer realm="countersign"/);
  if (status === 429 || status === 503) expect(headers['retry-after']).toBe(String(body.retryAfter));
  return response;
}
