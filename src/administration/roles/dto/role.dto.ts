import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsString, MaxLength } from 'class-validator';
import { PageDto } from '../../../platform/http/page.dto';

export class RoleDto {
  @ApiProperty({ example: 'auditor' })
  name!: string;

  /** What it allows, sorted. */
  @ApiProperty({ type: [String], example: ['audit:read', 'users:read'] })
  permissions!: string[];
}

export class RolePageDto extends PageDto {
  items!: RoleDto[];
}

export class PutRoleDto {
  /** Exactly these from now on. `admin` has all there are. */
  @ApiProperty({ type: [String], example: ['audit:read'] })
  @IsArray()
  @ArrayMaxSize(256)
  @ArrayUnique()
  @IsString({ each: true })
  @MaxLength(128, { each: true })
  permissions!: string[];
}
