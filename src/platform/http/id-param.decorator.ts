import { Param, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { validate } from 'uuid';
import { DomainError } from '../errors/domain-error';

/** What cannot be an id names nothing. */
const idPipe: PipeTransform<string, string> = {
  transform: (value) => {
    if (!validate(value)) throw new DomainError('not_found');
    return value.toLowerCase();
  },
};

/** Hands a controller method the id of the path; 404 for anything that is none. */
export function IdParam(name = 'id'): ParameterDecorator {
  return (target, key, index) => {
    Param(name, idPipe)(target, key, index);
    const descriptor = key === undefined ? undefined : Object.getOwnPropertyDescriptor(target, key);
    if (key !== undefined && descriptor) ApiParam({ name, format: 'uuid' })(target, key, descriptor);
  };
}
