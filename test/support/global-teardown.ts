import { rm } from 'node:fs/promises';
import { PREPARED_DATA_DIR } from './database';

export default async function globalTeardown(): Promise<void> {
  const dataDir = process.env[PREPARED_DATA_DIR];
  if (dataDir === undefined) return;
  await rm(dataDir, { recursive: true, force: true });
  Reflect.deleteProperty(process.env, PREPARED_DATA_DIR);
}
