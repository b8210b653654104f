import type { Backend } from '../../core/backend.js';
import { BACKEND_NAMES, type BackendName } from '../../settings/backend-name.js';
import type { BackendUnit } from '../../settings/backend-unit.js';
import { BusSettings } from '../../settings/bus-settings.js';
import { HealthSettings } from '../../settings/health-settings.js';
import type { ConsumerSettings } from '../../settings/consumer-settings.js';
import { type SettingInfo, settingsOf } from '../../settings/setting.js';
import { embeddedUnit } from '../../embedded/settings/unit.js';
import type { EmbeddedSettings } from '../../embedded/settings/settings.js';
import { kafkaUnit } from '../../kafka/settings/unit.js';
import type { KafkaSettings } from '../../kafka/settings/settings.js';
import { redisUnit } from '../../redis/settings/unit.js';
import type { RedisSettings } from '../../redis/settings/settings.js';

/** All settings; see {@link defaultSettings}. */
export type EventBusSettings = BusSettings & HealthSettings & EmbeddedSettings & RedisSettings & KafkaSettings;

/** The backends that settings can name. */
export const BACKENDS: Readonly<Record<BackendName, BackendUnit<EventBusSettings>>> = {
  embedded: embeddedUnit,
  redis: redisUnit,
  kafka: kafkaUnit,
};

/** The backend that a given one is like: the application's own backend carries records like the embedded one. */
export function kindOf({ name }: Pick<Backend, 'name'>): BackendName {
  return BACKEND_NAMES.find((known) => known === name) ?? 'embedded';
}

/** Makes the settings by group with their defaults: those of the bus, then those of each backend. */
export function settingGroups(): readonly object[] {
  return [new BusSettings(), new HealthSettings(), ...Object.values(BACKENDS).map(({ Settings }) => new Settings())];
}

/** All settings with their defaults. */
export function defaultSettings(): EventBusSettings {
  return Object.assign({}, ...settingGroups()) as EventBusSettings;
}

/** The description of each setting, by property name. */
export function settingInfos(): ReadonlyMap<string, SettingInfo> {
  return new Map(settingGroups().flatMap((group) => [...settingsOf(group)]));
}

/** The settings that every backend has. */
export function consumerSettings(name: BackendName, settings: EventBusSettings): ConsumerSettings {
  return {
    consumersEnabled: settings[`${name}ConsumersEnabled`],
    pollFailureSleep: settings[`${name}ConsumerPollFailureSleep`],
    consecutiveErrorsLimit: settings[`${name}ConsumerConsecutiveErrorsLimit`],
    auditLoggingEnabled: settings[`${name}AuditLoggingEnabled`],
  };
}
