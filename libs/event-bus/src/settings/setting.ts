import 'reflect-metadata';

/** The description of a setting for operators. */
export interface SettingInfo {
  /** The name of the environment variable. */
  readonly env: string;
  /** Another variable that is read if the first is not set. */
  readonly alias?: string;
  readonly meaning: string;
  /** The allowed values, as the end of the sentence "allowed: …". */
  readonly allowed: string;
  /** The text of the default, if its value alone does not say it. */
  readonly defaultText?: string;
  /** Finds the value in use if none was given, for a default that depends on the machine. */
  readonly find?: () => string;
  /** Converts the text of the variable to the value. Throws if it is invalid. */
  readonly parse?: (text: string) => unknown;
  /** Whether the value is never shown. */
  readonly secret?: boolean;
}

const SETTINGS = Symbol('event-bus:settings');

/** Declares that a property of a settings class is read from an environment variable. */
export function Setting(info: SettingInfo): PropertyDecorator {
  return (target, property) => {
    const known =
      (Reflect.getMetadata(SETTINGS, target) as Map<string, SettingInfo> | undefined) ?? new Map<string, SettingInfo>();
    Reflect.defineMetadata(SETTINGS, new Map([...known, [String(property), info]]), target);
  };
}

/** Combines several decorators into one. */
export function combine(...decorators: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}

/** Returns the settings of a class by property name, in the order of their declaration. */
export function settingsOf(settings: object): ReadonlyMap<string, SettingInfo> {
  return (
    (Reflect.getMetadata(SETTINGS, settings) as Map<string, SettingInfo> | undefined) ?? new Map<string, SettingInfo>()
  );
}

/** Converts a text to a number. Anything else becomes `NaN`, which every number check refuses. */
export function parseNumber(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

/**
 * Converts `true` and `false`, as Open edX's configuration files and shells spell them. Anything else stays a text,
 * which every boolean check refuses.
 */
export function parseBoolean(text: string): unknown {
  const spelled = text.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(spelled)) return true;
  return ['false', '0', 'no', 'off'].includes(spelled) ? false : text;
}
