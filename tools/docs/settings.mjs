// npm run generate:settings: writes docs/settings.md from the declarations of the settings. With --check it writes
// nothing, and exits with 1 if the page differs.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import 'reflect-metadata';

import { BACKENDS } from '../libs/event-bus/dist/nest/settings/event-bus-settings.js';
import { BusSettings } from '../libs/event-bus/dist/settings/bus-settings.js';
import { settingsOf } from '../libs/event-bus/dist/settings/setting.js';

const PAGE = fileURLToPath(new URL('../docs/settings.md', import.meta.url));

const HEAD = `# Settings

<!-- Written by npm run generate:settings from the settings' declarations. -->

Every setting is an environment variable, and an option of the same meaning of \`EventBusModule.forRoot()\`, which wins.
An empty variable counts as not set. If settings are wrong, the process ends at the start with exit code 2 and one
error that lists all of them. \`event-bus settings\` prints all settings with their current values.
`;

const TITLES = { embedded: 'Embedded', redis: 'Redis', kafka: 'Kafka' };

const page = await settingsPage();
if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else if (readFileSync(PAGE, 'utf8') !== page) {
  console.error('docs/settings.md differs from the declarations of the settings. Run npm run generate:settings.');
  process.exitCode = 1;
}

/** The complete page. */
async function settingsPage() {
  const sections = [
    section('The bus', new BusSettings()),
    ...Object.values(BACKENDS).map(({ name, Settings }) => section(TITLES[name], new Settings())),
  ];
  return format([HEAD, ...sections].join('\n'), { parser: 'markdown', printWidth: 120, proseWrap: 'always' });
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
