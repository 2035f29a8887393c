import { applyDecorators, UseGuards } from '@nestjs/common';
import { describePermissions } from './describe-requirement';
import { PERMISSIONS } from './metadata';
import { PermissionsGuard } from './permissions.guard';

/**
 * Lets in only access tokens that carry all of these permissions, on a controller or a method. Each must be registered with
 * `AccessModule.forFeature()`; an unknown one stops the start.
 *
 * @example
 * @RequirePermissions('payouts:approve')
 * @Post(':id/approve')
 * approve() {}
 */
export function RequirePermissions(...permissions: [string, ...string[]]): ClassDecorator & MethodDecorator {
  const note = (target: object, _property?: string | symbol, descriptor?: PropertyDescriptor) => {
    PERMISSIONS.set((descriptor?.value as object | undefined) ?? target, permissions);
  };
  return applyDecorators(note, UseGuards(PermissionsGuard), describePermissions(permissions));
}
