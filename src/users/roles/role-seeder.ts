import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessCatalogue } from '../../access/access-catalogue';
import { RoleEntity } from './entities/role.entity';

/** Writes the roles that modules bring along, once all have registered. One that an administrator changed or deleted is left alone. */
@Injectable()
export class RoleSeeder implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly catalogue: AccessCatalogue,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const roles = this.dataSource.getRepository(RoleEntity);
    for (const [name, permissions] of this.catalogue.seededRoles) {
      const row = { name, permissions: [...permissions], changedByAdministrator: false, deletedAt: null };
      await roles.createQueryBuilder().insert().values(row).orIgnore().execute();
      await roles.update({ name, changedByAdministrator: false }, { permissions: [...permissions] });
    }
  }
}
