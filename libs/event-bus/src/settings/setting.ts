import 'reflect-metadata';

/** What an operator may know of one setting. */
export interface SettingInfo {
  /** The name of the environment variable. */
  readonly env: string;
  /** Another variable that is read while the first is not set. */
  readonly alias?: string;
  readonly meaning: string;
  /** What may be given, as the end of the sentence "allowed: …". */
  readonly allowed: string;
  /** How the default reads, when the value alone does not say it. */
  readonly defaultText?: string;
  /** From the variable's text to the value; throws when it is none. */
  readonly parse?: (text: string) => unknown;
  /** Never shown. */
  readonly secret?: boolean;
}

const SETTINGS = Symbol('event-bus:settings');

/** Marks a property of the settings class as read from an environment variable. */
export function Setting(info: SettingInfo): PropertyDecorator {
  return (target, property) => {
    const known =
      (Reflect.getMetadata(SETTINGS, target) as Map<string, SettingInfo> | undefined) ?? new Map<string, SettingInfo>();
    Reflect.defineMetadata(SETTINGS, new Map([...known, [String(property), info]]), target);
  };
}

/** The settings of a class by property name, in the order of their declaration. */
export function settingsOf(settings: object): ReadonlyMap<string, SettingInfo> {
  return (
    (Reflect.getMetadata(SETTINGS, settings) as Map<string, SettingInfo> | undefined) ?? new Map<string, SettingInfo>()
  );
}

/** A number as text; anything else becomes `NaN`, which no number check lets pass. */
export function parseNumber(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}

/** `true` and `false` as Open edX's configuration files and shells spell them; anything else stays text, which no boolean check lets pass. */
export function parseBoolean(text: string): unknown {
  const spelled = text.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(spelled)) return true;
  return ['false', '0', 'no', 'off'].includes(spelled) ? false : text;
}
