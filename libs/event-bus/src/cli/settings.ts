import { Command } from 'commander';
import { readSettings } from '../nest/read-settings.js';
import { type SettingInfo, settingsOf } from '../nest/setting.js';
import { EventBusSettings } from '../nest/settings.js';

/** `event-bus settings`. */
export function settingsCommand(): Command {
  return new Command('settings')
    .description('Prints every setting with its default, its current value and its meaning; secrets are masked.')
    .allowExcessArguments(false)
    .action(() => {
      process.stdout.write(settingsText(readSettings()));
    });
}

/** Every setting, a paragraph each. */
export function settingsText(current: EventBusSettings): string {
  const defaults = new EventBusSettings();
  return [...settingsOf(current)].map(([property, info]) => paragraph(property, info, defaults, current)).join('\n');
}

function paragraph(property: string, info: SettingInfo, defaults: object, current: object): string {
  const byDefault: unknown = Reflect.get(defaults, property);
  const value: unknown = Reflect.get(current, property);
  return [
    info.env,
    `  ${info.meaning}`,
    `  allowed: ${info.allowed}`,
    `  default: ${info.defaultText ?? show(byDefault)}`,
    `  current: ${info.secret === true && value !== undefined ? '********' : show(value)}`,
    '',
  ].join('\n');
}

function show(value: unknown): string {
  if (value === undefined) return '(not set)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
