import { ValidateBy, type ValidationOptions } from 'class-validator';
import { isUsername } from './username';

/** 3 to 64 letters, digits, `.`, `_` or `-`, the letters of one script. */
export function IsUsername(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isUsername',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isUsername(value),
        defaultMessage: () =>
          'username must be 3 to 64 letters, digits, ".", "_" or "-", its letters of one script, beginning with a letter or digit',
      },
    },
    options,
  );
}
