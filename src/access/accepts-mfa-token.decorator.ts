import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { ACCEPTS_MFA_TOKEN } from './metadata';

/** Lets a route be called with an MFA token as well as with an access token. The handler decides what each may do. */
export function AcceptsMfaToken(): MethodDecorator {
  const note = (_target: object, _property: string | symbol, descriptor: PropertyDescriptor) => {
    ACCEPTS_MFA_TOKEN.set(descriptor.value as object, true);
  };
  return applyDecorators(note, ApiExtension('x-accepts-mfa-token', true));
}
