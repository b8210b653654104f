import { validateSync } from 'class-validator';
import { inspect } from 'node:util';
import type { BackendName } from '../../settings/backend-name.js';
import { type SettingInfo, settingsOf } from '../../settings/setting.js';
import { wrongSettings } from '../../settings/wrong-settings.js';
import { BACKENDS, type EventBusSettings, settingGroups, settingInfos } from './event-bus-settings.js';

type SettingInfos = ReadonlyMap<string, SettingInfo>;

/** The environment, as in Node. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings in code. They override the environment. */
export type SettingsOptions = Partial<EventBusSettings>;

/** The settings as far as they could be read. A wrong setting has its default, and its problem is listed. */
export interface InspectedSettings {
  readonly settings: EventBusSettings;
  /** Each problem names the variable, its value and the allowed values. */
  readonly problems: readonly string[];
}

/**
 * Reads the settings: defaults, then the environment, then `options`.
 *
 * Throws one `SettingsError` with all problems. An empty variable counts as not set.
 */
export function readSettings(options: SettingsOptions = {}, env: Environment = process.env): EventBusSettings {
  const { settings, problems } = inspectSettings(options, env);
  if (problems.length > 0) throw wrongSettings(problems);
  return settings;
}

/** Like {@link readSettings}, for callers that check or show more before they fail. */
export function inspectSettings(options: SettingsOptions = {}, env: Environment = process.env): InspectedSettings {
  const groups = settingGroups().map((group) => readGroup(group, options, env));
  const settings = Object.assign({}, ...groups.map(({ group }) => group)) as EventBusSettings;
  const given = new Map(groups.flatMap((group) => [...group.given]));
  const problems = groups.flatMap((group) => group.problems);
  const infos = settingInfos();
  const unknown = Object.keys(options).filter((property) => !infos.has(property));
  problems.push(
    ...unknown.map((property) => `${property}: there is no such option; allowed: ${[...infos.keys()].join(', ')}`),
    ...together(settings),
    ...Object.values(BACKENDS).flatMap((backend) => backend.problems(settings)),
    ...unnamedBackends(given, infos, env),
    ...missing(settings, given, infos),
  );
  return { settings, problems };
}

/** Sets and checks the given settings of one group, and returns it. A wrong setting keeps its default. */
function readGroup(group: object, options: SettingsOptions, env: Environment) {
  const infos = settingsOf(group);
  const given = new Map<string, unknown>();
  const wrong = new Set<string>();
  const defaults = new Map(Object.entries(group));
  for (const [property, info] of infos) {
    const text = textOf(info, env);
    const value = options[property as keyof EventBusSettings] ?? parse(text, info, () => wrong.add(property));
    if (value !== undefined) Reflect.set(group, property, value);
    given.set(property, options[property as keyof EventBusSettings] ?? text);
  }
  for (const { property } of validateSync(group)) wrong.add(property);
  for (const property of wrong) Reflect.set(group, property, defaults.get(property));
  return { group, given, problems: [...wrong].map((property) => problem(infos.get(property), given.get(property))) };
}

/** Returns the problems of settings that are valid alone but not together. */
function together(settings: EventBusSettings): readonly string[] {
  const { concurrency, maxInFlight, ordering, retryDelay, retryMaxDelay } = settings;
  const problems: string[] = [];
  if (concurrency > maxInFlight) {
    problems.push(
      `EVENT_BUS_CONSUMER_CONCURRENCY: got ${concurrency}; allowed: at most EVENT_BUS_CONSUMER_MAX_IN_FLIGHT, ${maxInFlight}`,
    );
  }
  if (concurrency > 1 && ordering === 'partition') {
    problems.push(
      `EVENT_BUS_CONSUMER_CONCURRENCY: got ${concurrency}; allowed: 1 while EVENT_BUS_CONSUMER_ORDERING is partition`,
    );
  }
  if (retryDelay > retryMaxDelay) {
    problems.push(
      `EVENT_BUS_RETRY_DELAY: got ${retryDelay}; allowed: at most EVENT_BUS_RETRY_MAX_DELAY, ${retryMaxDelay}`,
    );
  }
  return problems;
}

function textOf({ env: name, alias }: SettingInfo, env: Environment): string | undefined {
  const texts = alias === undefined ? [env[name]] : [env[name], env[alias]];
  return texts.find((text) => text !== undefined && text !== '');
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
  return `${info.env}: got ${info.secret === true && given !== undefined ? '(secret)' : show(given)}; allowed: ${info.allowed}`;
}

/**
 * Development may start without naming a broker. A production system must not lose events because of a forgotten
 * variable.
 */
function unnamedBackends(
  given: ReadonlyMap<string, unknown>,
  infos: SettingInfos,
  env: Environment,
): readonly string[] {
  if (env['NODE_ENV'] !== 'production') return [];
  return ['producer', 'consumer']
    .filter((property) => given.get(property) === undefined)
    .map((property) => {
      const info = infos.get(property);
      return `${info?.env ?? property}: got nothing; required with NODE_ENV=production; allowed: ${info?.allowed ?? ''}`;
    });
}

/** Returns the missing settings of the backends in use. */
function missing(
  settings: EventBusSettings,
  given: ReadonlyMap<string, unknown>,
  infos: SettingInfos,
): readonly string[] {
  const used = new Set<BackendName>([settings.producer, settings.consumer]);
  return [...used]
    .flatMap((name) => BACKENDS[name].required)
    .filter((property) => given.get(property) === undefined)
    .map((property) => problem(infos.get(property), undefined));
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 2, breakLength: Infinity });
}
