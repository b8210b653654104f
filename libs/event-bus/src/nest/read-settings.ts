import { validateSync } from 'class-validator';
import { inspect } from 'node:util';
import { SettingsError } from '../core/errors.js';
import { CLIENT_OPTIONS, uselessClientOptions } from '../kafka/client-options.js';
import type { BackendName } from './backend-name.js';
import { kafkaSecurity } from './kafka-security.js';
import { redisSecurity } from './redis-security.js';
import { type SettingInfo, settingsOf } from './setting.js';
import { EventBusSettings } from './settings.js';

/** The environment as Node has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings given in code; they win over the environment. */
export type SettingsOptions = Partial<EventBusSettings>;

/** Settings as far as they could be read: where one is wrong, its default stands, and the problem is told. */
export interface InspectedSettings {
  readonly settings: EventBusSettings;
  /** Each names the variable, what was given, and what is allowed. */
  readonly problems: readonly string[];
}

/**
 * Defaults, then the environment, then `options`.
 *
 * Throws one `SettingsError` with every problem. An empty variable counts as not set.
 */
export function readSettings(options: SettingsOptions = {}, env: Environment = process.env): EventBusSettings {
  const { settings, problems } = inspectSettings(options, env);
  if (problems.length > 0) throw wrongSettings(problems);
  return settings;
}

/** One error for all problems of the settings. */
export function wrongSettings(problems: readonly string[]): SettingsError {
  return new SettingsError(`Wrong settings:\n${problems.map((line) => `  ${line}`).join('\n')}`);
}

/** As {@link readSettings}, for those who have more to check or to show before they give up. */
export function inspectSettings(options: SettingsOptions = {}, env: Environment = process.env): InspectedSettings {
  const settings = new EventBusSettings();
  const infos = settingsOf(settings);
  const given = new Map<string, unknown>();
  const wrong = new Set<string>();
  for (const [property, info] of infos) {
    const text = textOf(info, env);
    const value = options[property as keyof EventBusSettings] ?? parse(text, info, () => wrong.add(property));
    if (value !== undefined) Reflect.set(settings, property, value);
    given.set(property, options[property as keyof EventBusSettings] ?? text);
  }
  for (const { property } of validateSync(settings)) wrong.add(property);
  const problems = [...wrong].map((property) => problem(infos.get(property), given.get(property)));
  const defaults = new EventBusSettings();
  for (const property of wrong) Reflect.set(settings, property, Reflect.get(defaults, property));
  const unknown = Object.keys(options).filter((property) => !infos.has(property));
  problems.push(
    ...unknown.map((property) => `${property}: there is no such option; allowed: ${[...infos.keys()].join(', ')}`),
    ...together(settings),
    ...kafkaSecurity(settings).problems,
    ...redisSecurity(settings).problems,
    ...unnamedBackends(settings, given, env),
    ...missing(settings, given),
  );
  return { settings, problems };
}

/** What each setting alone may be, but not the two at once. */
function together(settings: EventBusSettings): readonly string[] {
  const { concurrency, maxInFlight, ordering, retryDelay, retryMaxDelay } = settings;
  const { kafkaConsumerPollTimeout, kafkaSessionTimeout } = settings;
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
  if (kafkaConsumerPollTimeout > kafkaSessionTimeout) {
    problems.push(
      `EVENT_BUS_KAFKA_CONSUMER_POLL_TIMEOUT: got ${kafkaConsumerPollTimeout}; allowed: at most EVENT_BUS_KAFKA_SESSION_TIMEOUT, ${kafkaSessionTimeout}`,
    );
  }
  const useless = uselessClientOptions(settings.kafkaClientOptions);
  if (useless.length > 0) {
    problems.push(
      `EVENT_BUS_KAFKA_CLIENT_OPTIONS: got ${useless.join(', ')}; allowed: nothing but ${CLIENT_OPTIONS.join(', ')}`,
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

/** What a backend cannot do without, asked for only when it is used. */
const REQUIRED: Readonly<Partial<Record<BackendName, readonly string[]>>> = {
  redis: ['redisConnectionUrl'],
  kafka: ['kafkaBootstrapServers', 'kafkaSchemaRegistryUrl'],
};

function missing(settings: EventBusSettings, given: ReadonlyMap<string, unknown>): readonly string[] {
  const used = [...new Set([settings.producer, settings.consumer])];
  return used
    .flatMap((name) => REQUIRED[name] ?? [])
    .filter((property) => given.get(property) === undefined)
    .map((property) => problem(settingsOf(settings).get(property), undefined));
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 2, breakLength: Infinity });
}
