import { validateSync } from 'class-validator';
import { inspect } from 'node:util';
import { SettingsError } from '../core/errors.js';
import { type SettingInfo, settingsOf } from './setting.js';
import { EventBusSettings } from './settings.js';

/** The environment as Node has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings given in code; they win over the environment. */
export type SettingsOptions = Partial<EventBusSettings>;

/**
 * Defaults, then the environment, then `options`.
 *
 * Throws one `SettingsError` with every problem: the variable, what was given, what is allowed. An empty variable counts as not set.
 */
export function readSettings(options: SettingsOptions = {}, env: Environment = process.env): EventBusSettings {
  const settings = new EventBusSettings();
  const given = new Map<string, unknown>();
  const wrong = new Set<string>();
  for (const [property, info] of settingsOf(settings)) {
    const text = textOf(info, env);
    const value = options[property as keyof EventBusSettings] ?? parse(text, info, () => wrong.add(property));
    if (value !== undefined) Reflect.set(settings, property, value);
    given.set(property, options[property as keyof EventBusSettings] ?? text);
  }
  for (const { property } of validateSync(settings)) wrong.add(property);
  if (settings.concurrency > settings.maxInFlight) wrong.add('concurrency');
  const problems = [...wrong].map((property) => problem(settingsOf(settings).get(property), given.get(property)));
  problems.push(...unnamedBackends(settings, given, env));
  if (problems.length > 0)
    throw new SettingsError(`Wrong settings:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  return settings;
}

function textOf({ env: name }: SettingInfo, env: Environment): string | undefined {
  const text = env[name] ?? (name === 'EVENTS_SERVICE_NAME' ? env['SERVICE_VARIANT'] : undefined);
  return text === '' ? undefined : text;
}

function parse(text: string | undefined, { parse }: SettingInfo, onWrong: () => void): unknown {
  if (text === undefined || parse === undefined) return text;
  try {
    return parse(text);
  } catch {
    onWrong();
    return undefined;
  }
}

function problem(info: SettingInfo | undefined, given: unknown): string {
  if (info === undefined) return 'unknown setting';
  return `${info.env}: got ${info.secret === true ? '(secret)' : show(given)}; allowed: ${info.allowed}`;
}

/** Development may begin without a word about the broker; a production system must not lose its events to a forgotten variable. */
function unnamedBackends(
  settings: EventBusSettings,
  given: ReadonlyMap<string, unknown>,
  env: Environment,
): readonly string[] {
  if (env['NODE_ENV'] !== 'production') return [];
  return ['producer', 'consumer']
    .filter((property) => given.get(property) === undefined)
    .map((property) => {
      const info = settingsOf(settings).get(property);
      return `${info?.env ?? property}: got nothing; with NODE_ENV=production it must be named: ${info?.allowed ?? ''}`;
    });
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 2, breakLength: Infinity });
}
