import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { DomainError } from '../platform/errors/domain-error';
import { ROLES } from './metadata';
import type { Caller } from './principal';

/** Turns away access tokens that lack a role. Reads claims only. */
@Injectable()
export class RolesGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { user } = context.switchToHttp().getRequest<{ user?: Caller }>();
    const required = [
      ...new Set([context.getClass(), context.getHandler()].flatMap((target) => ROLES.allOf(target).flat())),
    ];
    if (required.length === 0) throw new Error('RolesGuard without @RequireRoles()');
    const held = user === undefined || 'purpose' in user ? [] : user.roles;
    if (required.every((role) => held.includes(role))) return true;
    throw new DomainError('forbidden', {
      detail: 'Your account does not have the role that this needs.',
      required: { roles: required },
      challenge: { error: 'insufficient_scope' },
    });
  }
}
