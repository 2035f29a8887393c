import type { Role } from '../../users/roles/role';
import type { RoleDto } from './dto/role.dto';

export function toRoleDto({ name, permissions }: Role): RoleDto {
  return { name, permissions: [...permissions].sort() };
}
