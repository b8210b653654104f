import { Command } from 'commander';
import { loadDefinitions } from '../nest/runtime/definitions.js';
import { inspectSettings } from '../nest/settings/read-settings.js';
import { wrongSettings } from '../settings/wrong-settings.js';
import { bareCodec } from '../avro/index.js';
import { readRoutes } from '../core/topics/routes.js';
import type { SettingInfo } from '../settings/setting.js';
import { defaultSettings, type EventBusSettings, settingInfos } from '../nest/settings/event-bus-settings.js';
import { isTextOfFile } from '../settings/tls-files.js';

/** The command `event-bus settings`. */
export function settingsCommand(): Command {
  return new Command('settings')
    .description(
      'Prints every setting with its meaning, default and current value. Masks secrets. Prints wrong settings to standard error.',
    )
    .allowExcessArguments(false)
    .action(async () => {
      const { settings, problems } = inspectSettings();
      process.stdout.write(settingsText(settings));
      const known = await loadDefinitions(settings.eventModules);
      const codec = bareCodec({ definitions: known.definitions.values() });
      const routes = readRoutes(settings.producerConfig, known.definitions, codec);
      const wrong = [
        ...problems,
        ...known.problems,
        ...routes.problems.map((problem) => `EVENT_BUS_PRODUCER_CONFIG: ${problem}`),
      ];
      if (wrong.length > 0) throw wrongSettings(wrong);
    });
}

/** Returns all settings as text, one paragraph each. */
export function settingsText(current: EventBusSettings): string {
  const defaults = defaultSettings();
  return [...settingInfos()].map(([property, info]) => paragraph(property, info, defaults, current)).join('\n');
}

function paragraph(property: string, info: SettingInfo, defaults: object, current: object): string {
  const byDefault: unknown = Reflect.get(defaults, property);
  const value: unknown = Reflect.get(current, property) ?? info.find?.();
  const isSecret = (info.secret === true && value !== undefined) || (typeof value === 'string' && isTextOfFile(value));
  return [
    info.env,
    `  ${info.meaning}`,
    `  allowed: ${info.allowed}`,
    `  default: ${info.defaultText ?? show(byDefault)}`,
    `  current: ${isSecret ? '********' : show(value)}`,
    ...(info.alias === undefined ? [] : [`  also read: ${info.alias}`]),
    '',
  ].join('\n');
}

function show(value: unknown): string {
  if (value === undefined) return '(not set)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
