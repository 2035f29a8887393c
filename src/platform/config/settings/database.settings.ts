import { IsBoolean, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Setting } from '../setting.decorator';

/** Where the data lies. */
export class DatabaseSettings {
  @Setting({
    name: 'DATA_DIR',
    default: '.data',
    description: 'Folder of the embedded database and of the secrets made in development.',
  })
  @IsString()
  dataDir!: string;

  @Setting({
    name: 'DATABASE_URL',
    defaultInWords: 'none: embedded',
    description: 'PostgreSQL 15 or later, `postgres://…`. Without it an embedded database under `DATA_DIR` is used.',
  })
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\/.+/, { message: 'it must begin with postgres:// or postgresql://' })
  url?: string;

  @Setting({
    name: 'DATABASE_POOL_SIZE',
    default: '10',
    type: 'integer',
    description: 'Connections of the pool, 2 to 200; one more is held for revocation.',
  })
  @IsInt()
  @Min(2)
  @Max(200)
  poolSize!: number;

  @Setting({
    name: 'DATABASE_SCHEMA',
    default: 'countersign',
    description: 'Schema of all tables; lower-case letters, digits and `_`.',
  })
  @Matches(/^[a-z_][a-z0-9_]{0,62}$/, { message: 'it must be lower-case letters, digits and _, at most 63' })
  schema!: string;

  @Setting({
    name: 'MIGRATE_ON_START',
    default: (env) => (env['DATABASE_URL'] ? 'false' : 'true'),
    defaultInWords: '`true` embedded, else `false`',
    type: 'boolean',
    description: 'Whether a start runs the migrations, under an advisory lock; `npm run migrate` does it otherwise.',
  })
  @IsBoolean()
  migrateOnStart!: boolean;
}
