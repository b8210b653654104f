import 'reflect-metadata';

import { BACKENDS } from '../../libs/event-bus/dist/nest/settings/event-bus-settings.js';
import { BusSettings } from '../../libs/event-bus/dist/settings/bus-settings.js';
import { HealthSettings } from '../../libs/event-bus/dist/settings/health-settings.js';
import { settingsOf } from '../../libs/event-bus/dist/settings/setting.js';

const HEAD = `# Settings

<!-- Written by npm run generate:docs from the settings' declarations. -->

Every setting is an environment variable, and an option of the same meaning of \`EventBusModule.forRoot()\`, which wins.
An empty variable counts as not set. If settings are wrong, the process ends at the start with exit code 2 and one
error that lists all of them. \`event-bus settings\` prints all settings with their current values.
`;

const TITLES = { embedded: 'Embedded', redis: 'Redis', kafka: 'Kafka' };

/** docs/settings.md. */
export function settingsPage() {
  const sections = [
    section('The bus', new BusSettings()),
    section('Probes', new HealthSettings()),
    ...Object.values(BACKENDS).map(({ name, Settings }) => section(TITLES[name], new Settings())),
  ];
  return [HEAD, ...sections].join('\n');
}

function section(title, group) {
  const settings = [...settingsOf(group)].map(([property, info]) => paragraph(property, info, group[property]));
  return [`## ${title}`, '', ...settings].join('\n');
}

function paragraph(property, { env, alias, meaning, allowed, defaultText, secret }, value) {
  const notes = [
    `- Allowed: ${prose(allowed)}`,
    `- Default: ${defaultText === undefined ? byDefault(value) : prose(defaultText)}`,
    `- In code: \`${property}\``,
    ...(alias === undefined ? [] : [`- Also read: \`${alias}\``]),
    ...(secret === true ? ['- A secret: its value is never shown'] : []),
  ];
  return [`### \`${env}\``, '', prose(meaning), '', ...notes, ''].join('\n');
}

/** Formats variables as code and escapes Markdown. */
function prose(text) {
  return text
    .replaceAll(/[<*]/g, '\\$&')
    .replaceAll(/\{.*\}|\b[A-Z]+(?:_[A-Z\d]+)+(?:_…)?|\b\w+:\/\/[^\s,;]*/g, '`$&`');
}

function byDefault(value) {
  if (value === undefined) return 'none';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
