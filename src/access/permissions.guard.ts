import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { DomainError } from '../platform/errors/domain-error';
import { PERMISSIONS } from './metadata';
import type { Caller } from './principal';

/** Turns away access tokens that lack a permission. Reads claims only. */
@Injectable()
export class PermissionsGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToHttp().getRequest<{ user?: Caller }>();
    const required = [
      ...new Set([context.getClass(), context.getHandler()].flatMap((target) => PERMISSIONS.allOf(target).flat())),
    ];
    if (required.length === 0) throw new Error('PermissionsGuard without @RequirePermissions()');
    const held = user === undefined || 'purpose' in user ? [] : user.permissions;
    if (required.every((permission) => held.includes(permission))) return true;
    throw new DomainError('forbidden', {
      detail: 'Your roles do not include what this needs.',
      required: { permissions: required },
      challenge: { error: 'insufficient_scope' },
    });
  }
}
