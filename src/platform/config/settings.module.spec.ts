import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerSettings } from './settings/server.settings';
import { readEnvironment, readSettings, settingsFor } from './settings.module';

describe(readEnvironment.name, () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-env-'));
    file = join(folder, '.env');
  });
  afterEach(async () => {
    delete process.env['APP_NAME'];
    await rm(folder, { recursive: true, force: true });
  });

  it('reads a .env file', async () => {
    await writeFile(file, '# ours\nAPP_NAME="Ada & Co"\nPORT=4000\n');
    const settings = readSettings(readEnvironment(file));
    expect(settingsFor(settings, ServerSettings)).toMatchObject({ appName: 'Ada & Co', port: 4000 });
  });

  it('lets the environment win over the file', async () => {
    await writeFile(file, 'APP_NAME=File\nPORT=4000\n');
    process.env['APP_NAME'] = 'Environment';
    const settings = readSettings(readEnvironment(file));
    expect(settingsFor(settings, ServerSettings)).toMatchObject({ appName: 'Environment', port: 4000 });
  });

  it('does without a file', () => {
    expect(settingsFor(readSettings(readEnvironment(file)), ServerSettings).port).toBe(3000);
  });
});
