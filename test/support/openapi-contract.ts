import Ajv, { type ValidateFunction } from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Response } from 'supertest';
import { validate as isUuid } from 'uuid';

/* eslint-disable @typescript-eslint/no-explicit-any -- a document is as loose as the bodies it describes */
type Json = any;

/** The document of the repository, held against real answers. */
export class OpenApiContract {
  readonly document: Json = JSON.parse(readFileSync(join(__dirname, '..', '..', 'docs', 'openapi.json'), 'utf8'));
  private readonly ajv: Ajv;
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly seen = new Set<string>();

  constructor() {
    this.ajv = new Ajv({ strict: false, allErrors: true });
    this.ajv.addFormat('uuid', isUuid);
    this.ajv.addFormat('uri', (text) => URL.canParse(text));
    this.ajv.addFormat('email', /^[^@\s]+@[^@\s]+$/);
    this.ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    this.ajv.addFormat('binary', true);
    // A key that is not documented is a fault, though clients must bear with new ones.
    const closed = JSON.parse(JSON.stringify(this.document), (_key, value: Json) =>
      value?.type === 'object' && value.properties ? { ...value, additionalProperties: false } : value,
    );
    this.ajv.addSchema({ ...closed, $id: 'openapi' });
  }

  /** Every operation, as `POST /v1/auth/login`. */
  get operations(): string[] {
    return Object.entries<Json>(this.document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** Operations of which no success has been checked. */
  get unseen(): string[] {
    return this.operations.filter((operation) => !this.seen.has(operation));
  }

  /** The codes that an operation documents, with their status. */
  codesOf(operation: string): { code: string; status: number }[] {
    return Object.entries<Json>(this.operation(operation).responses).flatMap(([status, response]) =>
      Object.keys(response.content?.['application/problem+json']?.examples ?? {}).map((code) => ({
        code,
        status: Number(status),
      })),
    );
  }

  /** @throws Error unless status, content type, body and code are documented just so for the route that was called */
  check(response: Response): Response {
    const { method, url } = response.request as unknown as { method: string; url: string };
    const path = new URL(url).pathname;
    const operation = this.operations.find((each) => matches(each, method, path));
    if (operation === undefined) throw new Error(`${method} ${path} is not documented`);
    const where = `${operation} ${response.status}`;
    const documented = this.operation(operation).responses[response.status];
    if (documented === undefined) throw new Error(`${where} is not documented: ${response.text}`);
    if (response.status < 300) this.seen.add(operation);

    const [type = ''] = (response.headers['content-type'] ?? '').split(';');
    const types = Object.keys(documented.content ?? {});
    if (types.length === 0 && response.text) throw new Error(`${where} has a body, and none is documented`);
    if (types.length === 0) return response;
    if (!types.includes(type)) throw new Error(`${where} has the type ${type}, documented is ${types.join()}`);
    if (type.endsWith('json')) this.checkBody(where, documented.content[type].schema, response.body);
    if (response.status >= 400 && !(response.body.code in documented.content[type].examples)) {
      throw new Error(`${where}: the code ${response.body.code} is not documented`);
    }
    return response;
  }

  /** @throws Error unless the value is just what a named schema says */
  checkSchema(name: string, value: unknown): void {
    this.checkBody(name, { $ref: `#/components/schemas/${name}` }, value);
  }

  private checkBody(where: string, schema: Json, body: unknown): void {
    const key = JSON.stringify(schema);
    let validate = this.validators.get(key);
    if (validate === undefined) {
      validate = this.ajv.compile(JSON.parse(key.replaceAll('"#/', '"openapi#/')));
      this.validators.set(key, validate);
    }
    if (!validate(body)) throw new Error(`${where}: ${this.ajv.errorsText(validate.errors)}`);
  }

  private operation(operation: string): Json {
    const [method = '', path = ''] = operation.split(' ');
    return this.document.paths[path][method.toLowerCase()];
  }
}

function matches(operation: string, method: string, path: string): boolean {
  const [documented, template = ''] = operation.split(' ');
  const pattern = template.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/]+');
  return documented === method && new RegExp(`^${pattern}$`).test(path);
}
