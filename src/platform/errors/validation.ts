import { type ArgumentMetadata, ValidationPipe, type ValidationError } from '@nestjs/common';
import { DomainError, type FieldError } from './domain-error';

/**
 * For a DTO of a route that is called all the time: `static [AT_A_GLANCE](body)` gives the instance for a body that certainly
 * fits, and undefined for every other, which the validators then look at. It accepts nothing that they would refuse.
 */
export const AT_A_GLANCE = Symbol('fits at a glance');

interface GlancingDto {
  [AT_A_GLANCE](body: unknown): object | undefined;
}

class StrictValidationPipe extends ValidationPipe {
  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { metatype } = metadata;
    const instance = glances(metatype) ? metatype[AT_A_GLANCE](value) : undefined;
    return instance === undefined ? (super.transform(value, metadata) as Promise<unknown>) : Promise.resolve(instance);
  }
}

function glances(metatype: unknown): metatype is GlancingDto {
  return typeof metatype === 'function' && AT_A_GLANCE in metatype;
}

/** Refuses what does not fit a DTO, unknown fields included, naming each field. Never echoes a value. */
export function strictValidation(): ValidationPipe {
  return new StrictValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    transformOptions: { enableImplicitConversion: false, exposeUnsetFields: false },
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => new DomainError('validation_failed', { errors: flatten(errors) }),
  });
}

function flatten(errors: readonly ValidationError[], prefix = ''): FieldError[] {
  return errors.flatMap((error) => {
    const path = prefix + error.property;
    const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
      path,
      code: codeOf(constraint),
      message,
    }));
    return [...own, ...flatten(error.children ?? [], `${path}.`)];
  });
}

function codeOf(constraint: string): string {
  if (constraint === 'whitelistValidation') return 'unknown_field';
  if (constraint === 'isDefined' || constraint === 'isNotEmpty') return 'required';
  return constraint.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
