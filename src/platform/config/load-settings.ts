import { validateSync } from 'class-validator';
import { type Environment, type PropertySetting, settingsOf } from './setting.decorator';

export type SettingsClass<T extends object = object> = new () => T;

/** Some settings are wrong. The message names every one of them and what it takes, and never a value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are not complete or not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** A check over several settings at once; returns what is wrong in plain words, each naming its variable first. */
export type CrossCheck = (settings: ReadonlyMap<SettingsClass, object>, env: Environment) => string[];

/**
 * Reads, types and checks all settings together.
 *
 * @throws SettingsError that names every wrong variable.
 */
export function loadSettings(
  classes: readonly SettingsClass[],
  environment: Environment,
  crossCheck: CrossCheck = () => [],
): ReadonlyMap<SettingsClass, object> {
  const env = withoutBlanks(environment);
  const problems: string[] = [];
  const loaded = new Map<SettingsClass, object>();
  for (const type of classes) {
    const instance = new type();
    const definitions = settingsOf(type);
    for (const definition of definitions) {
      const text = textOf(definition, env);
      if (text !== undefined) Object.assign(instance, { [definition.property]: parse(text, definition) });
    }
    for (const error of validateSync(instance, { forbidUnknownValues: false })) {
      const definition = definitions.find(({ property }) => property === error.property);
      // A default made of another variable is wrong only with that one.
      if (definition && typeof definition.default === 'function' && env[definition.name] === undefined) continue;
      const takes = Object.values(error.constraints ?? {})
        .map((message) => message.replaceAll(error.property, 'it'))
        .join(', ');
      problems.push(`${definition?.name ?? error.property}: ${takes}. ${definition?.description ?? ''}`.trim());
    }
    loaded.set(type, instance);
  }
  if (problems.length === 0) problems.push(...crossCheck(loaded, env));
  if (problems.length > 0) throw new SettingsError(problems);
  return loaded;
}

/** An empty variable is as good as none, also where another one's default looks at it. */
function withoutBlanks(env: Environment): Environment {
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== undefined && value !== ''));
}

function textOf(definition: PropertySetting, env: Environment): string | undefined {
  const given = env[definition.name];
  if (given !== undefined) return given;
  return typeof definition.default === 'function' ? definition.default(env) : definition.default;
}

function parse(text: string, { type = 'string' }: PropertySetting): unknown {
  switch (type) {
    case 'string':
      return text;
    case 'integer':
      // Digits only: Number() would take '', ' 1 ', '0x10' and '1e3'.
      return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    case 'boolean':
      return { true: true, on: true, false: false, off: false }[text.toLowerCase()] ?? text;
    case 'list':
      return text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '');
  }
}
