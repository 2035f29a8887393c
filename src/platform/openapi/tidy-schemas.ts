import type { OpenAPIObject } from '@nestjs/swagger';
import { operationsOf } from './operation';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Exclude<Schemas[string], { $ref: string }>;

const SCHEMAS = '#/components/schemas/';

/** Names of the contract in place of the classes': `User` and not `UserDto`. */
export function renameSchemas(document: OpenAPIObject): OpenAPIObject {
  const text = JSON.stringify(document).replaceAll(/(#\/components\/schemas\/\w+?)Dto(?=")/g, '$1');
  const renamed = JSON.parse(text) as OpenAPIObject;
  const schemas = Object.entries(renamed.components?.schemas ?? {}).map(
    ([name, schema]) => [name.replace(/Dto$/, ''), schema] as const,
  );
  const names = schemas.map(([name]) => name);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  if (twice.length > 0) throw new Error(`OpenAPI: several schemas are named ${twice.join(', ')}`);
  renamed.components = { ...renamed.components, schemas: Object.fromEntries(schemas) };
  return renamed;
}

/** Gives an inline choice with a title the place of a named schema, so that it is described once; unwraps lone `allOf`s. */
export function hoistTitledSchemas(document: OpenAPIObject): void {
  const schemas: Schemas = (document.components ??= {}).schemas ?? {};
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null) return node;
    const visited = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, visit(value)]));
    const { allOf } = visited;
    if (Array.isArray(allOf) && allOf.length === 1 && Object.keys(visited).length === 1) return allOf[0] as unknown;
    if (typeof visited['title'] !== 'string' || !('oneOf' in visited)) return visited;
    const { title, ...schema } = visited;
    schemas[title] = schema;
    return { $ref: SCHEMAS + title };
  };
  document.paths = visit(document.paths) as OpenAPIObject['paths'];
  for (const [name, schema] of Object.entries(schemas)) schemas[name] = visit(schema) as Schema;
  document.components.schemas = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Request bodies say that unknown fields are refused, and have an example of the fields that have one: a form that is
 * filled in with what nobody needs is refused or misleads.
 */
export function closeRequestBodies(document: OpenAPIObject): void {
  for (const path of Object.values(document.paths)) {
    for (const { operation } of operationsOf(path)) {
      const { requestBody } = operation;
      if (requestBody === undefined || '$ref' in requestBody) continue;
      for (const [type, media] of Object.entries(requestBody.content)) {
        const schema = resolve(document, media.schema);
        if (schema?.type !== 'object') continue;
        // RFC 6749 §3.2: a form may hold parameters that nobody knows.
        if (type === 'application/json') schema.additionalProperties = false;
        // Not where the route gives examples of its own.
        if (media.examples === undefined) media.example ??= exampleOf(schema);
      }
    }
  }
}

function exampleOf({ properties = {} }: Schema): object {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, property]) => {
      const example: unknown = 'example' in property ? property.example : undefined;
      return example === undefined ? [] : [[name, example]];
    }),
  );
}

function resolve(document: OpenAPIObject, schema: Schemas[string] | undefined): Schema | undefined {
  if (schema === undefined || !('$ref' in schema)) return schema;
  return document.components?.schemas?.[schema.$ref.slice(SCHEMAS.length)] as Schema | undefined;
}
