import { type DynamicModule, Global, Module } from '@nestjs/common';
import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { crossCheckSettings, SETTINGS_CLASSES } from './check-settings';
import { loadSettings, type SettingsClass } from './load-settings';
import type { Environment } from './setting.decorator';

/** The environment over what a `.env` in the working folder says. */
export function readEnvironment(file = '.env'): Environment {
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return { ...fromFile, ...process.env };
}

/** All settings of the service, checked together. @throws SettingsError that names every wrong variable. */
export function readSettings(env: Environment = readEnvironment()): ReadonlyMap<SettingsClass, object> {
  return loadSettings(SETTINGS_CLASSES, env, crossCheckSettings);
}

/** One class of the settings, for programs that start no Nest application. */
export function settingsFor<T extends object>(all: ReadonlyMap<SettingsClass, object>, type: SettingsClass<T>): T {
  return all.get(type) as T;
}

@Global()
@Module({})
export class SettingsModule {
  static forRoot(settings: ReadonlyMap<SettingsClass, object>): DynamicModule {
    const providers = [...settings].map(([provide, useValue]) => ({ provide, useValue }));
    return { module: SettingsModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}
