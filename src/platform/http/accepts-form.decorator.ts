import { RouteConfig } from '@nestjs/platform-fastify';

const ACCEPTS_FORM = 'acceptsForm';

/**
 * Lets a route take `application/x-www-form-urlencoded`, as `URLSearchParams`. Every other route answers 415: a form is what
 * any web page can send in the name of its visitor.
 */
export function AcceptsForm(): MethodDecorator {
  return RouteConfig({ [ACCEPTS_FORM]: true });
}

/** @param config what the HTTP adapter keeps of a route */
export function acceptsForm(config: object): boolean {
  return ACCEPTS_FORM in config;
}
