import { ValidateIf } from 'class-validator';

/** A field that may be left out; when it is there, `null` included, the validators beside this one decide. */
export function IsGiven(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}
