import 'reflect-metadata';

/** How one environment variable becomes one property of a settings class. */
export interface SettingDefinition {
  /** Name of the environment variable. */
  readonly name: string;
  /** What it means and takes, in one sentence, for `.env.example` and the README. */
  readonly description: string;
  /** The text taken when the variable is absent or empty; a function sees the other variables. */
  readonly default?: string | ((env: Environment) => string | undefined);
  /** The default in words, where it is not a plain text. */
  readonly defaultInWords?: string;
  readonly type?: 'string' | 'integer' | 'boolean' | 'list';
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface PropertySetting extends SettingDefinition {
  readonly property: string;
}

const KEY = Symbol('settings');

/** Binds a property of a settings class to an environment variable. Put the validators of class-validator beside it. */
export function Setting(definition: SettingDefinition): PropertyDecorator {
  return (target, property) => {
    const known = settingsOf(target.constructor);
    Reflect.defineMetadata(KEY, [...known, { ...definition, property: String(property) }], target.constructor);
  };
}

export function settingsOf(type: object): readonly PropertySetting[] {
  return (Reflect.getMetadata(KEY, type) as PropertySetting[] | undefined) ?? [];
}
