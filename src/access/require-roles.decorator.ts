import { applyDecorators, UseGuards } from '@nestjs/common';
import { describeRoles } from './describe-requirement';
import { ROLES } from './metadata';
import { RolesGuard } from './roles.guard';

/**
 * Lets in only access tokens that carry all of these roles, on a controller or a method. Each must be seeded with
 * `AccessModule.forFeature()`; an unknown one stops the start. What stands on a controller, its base classes and a method adds up.
 *
 * Prefer `@RequirePermissions()`: which role includes a permission, an administrator can change.
 *
 * @example
 * @RequireRoles('accountant')
 * @Controller('v1/ledgers')
 * export class LedgersController {}
 */
export function RequireRoles(...roles: [string, ...string[]]): ClassDecorator & MethodDecorator {
  const note = (target: object, _property?: string | symbol, descriptor?: PropertyDescriptor) => {
    ROLES.set((descriptor?.value as object | undefined) ?? target, roles);
  };
  return applyDecorators(note, UseGuards(RolesGuard), describeRoles(roles));
}
