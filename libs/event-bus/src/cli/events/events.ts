import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { SettingsError } from '../../core/errors.js';
import { asError } from '../../core/backoff.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { type App, readApp } from './app.js';
import { asyncApiDocument, type DocumentInfo } from './asyncapi.js';
import type { Catalogue } from './catalogue.js';
import { readCatalogue } from './read-catalogue.js';
import { catalogueJson, JSON_SHAPE, toJsonDocument } from './json.js';
import { catalogueText } from './text.js';

interface EventsArguments {
  readonly fields?: true;
  readonly json?: true;
  readonly asyncapi?: true;
  readonly title?: string;
  readonly version?: string;
  readonly app?: readonly string[];
  readonly consumes?: readonly string[];
}

/** The command `event-bus events`. */
export function eventsCommand(): Command {
  return new Command('events')
    .description('Lists the known events with version, fields, topics and handlers. Connects to no broker.')
    .argument('[type...]', 'show only these event types, with their fields')
    .option('--fields', 'show the fields of every event')
    .option(
      '--app <file>',
      'show the handlers of this application: a built file that exports its Nest modules; repeatable',
      more,
    )
    .option(
      '--consumes <topic>',
      'a topic, without prefix, that consumers of the applications consume; repeatable',
      more,
    )
    .addOption(new Option('--json', 'print one JSON document').conflicts('fields'))
    .addOption(new Option('--asyncapi', 'print an AsyncAPI 3.0 document').conflicts(['json', 'fields']))
    .option('--title <text>', 'the title of the document; default: EVENTS_SERVICE_NAME, else the name in package.json')
    .option('--version <text>', 'the version of the document; default: the version in package.json')
    .allowExcessArguments(false)
    .addHelpText('after', HELP)
    .action(events);
}

const HELP = `
Topics come from EVENT_BUS_PRODUCER_CONFIG and EVENT_BUS_TOPIC_PREFIX. For an --app, the options of its
EventBusModule.forRoot() or forRootAsync() take precedence. To get the options of forRootAsync(), the command starts the
modules that it imports, and global modules that export what it injects, and nothing else.

--app imports the file but does not start the application. Give the file of the module, such as
dist/apps/consumer/consumer.module.js, not main.js.

A handler does not name a topic. The list shows it with the topics of the event's routes. With --consumes, it shows
only the given topics; an event that is routed to none of them is shown with all of them. If no topic is known, the
AsyncAPI document has a channel with the address null for the handler.

The AsyncAPI document contains only events that are published (enabled routes) or handled (--app).

--json prints this shape; later versions may add names:
  ${JSON_SHAPE}

Exit codes: 0 printed, ${EXIT.usage} wrong usage, settings, event type or --app.`;

async function events(types: readonly string[], given: EventsArguments): Promise<void> {
  check(given);
  const apps: App[] = [];
  // One after the other: two files of one application share most of their imports.
  for (const file of given.app ?? []) apps.push(await readApp(file));
  const catalogue = select(await readCatalogue(apps, given.consumes), types);
  for (const { file, handlers, unknownBecause } of apps) {
    if (handlers.length === 0) warn(`--app ${file}: no controller has an @OnEvent method`);
    if (unknownBecause !== undefined)
      warn(
        `--app ${file}: the options of forRootAsync() are not known here (${unknownBecause}); the list shows those of the environment`,
      );
  }
  process.stdout.write(textOf(catalogue, types, given));
}

function textOf(catalogue: Catalogue, types: readonly string[], given: EventsArguments): string {
  if (given.json === true) return toJsonDocument(catalogueJson(catalogue));
  if (given.asyncapi === true)
    return toJsonDocument(asyncApiDocument(catalogue, documentInfo(catalogue.service, given)));
  return catalogueText(catalogue, {
    withFields: given.fields === true || types.length > 0,
    withHandlers: given.app !== undefined,
  });
}

/** Throws if an option has no effect, because that is a mistake. */
function check({ asyncapi, title, version, app, consumes }: EventsArguments): void {
  const problems: string[] = [];
  if (asyncapi !== true && title !== undefined) problems.push('--title needs --asyncapi.');
  if (asyncapi !== true && version !== undefined) problems.push('--version needs --asyncapi.');
  if (consumes !== undefined && app === undefined) problems.push('--consumes needs --app.');
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
}

function select(catalogue: Catalogue, types: readonly string[]): Catalogue {
  const unknown = types.filter((type) => !catalogue.events.some(({ definition }) => definition.type === type));
  if (unknown.length > 0) {
    throw new SettingsError(
      unknown
        .map(
          (type) =>
            `${type} is not a known event type; list the module that defines it in EVENT_BUS_EVENTS.${hint(type)}`,
        )
        .join('\n'),
    );
  }
  if (types.length === 0) return catalogue;
  return { ...catalogue, events: catalogue.events.filter(({ definition }) => types.includes(definition.type)) };

  function hint(type: string): string {
    const like = catalogue.events.map(({ definition }) => definition.type).filter((known) => known.includes(type));
    if (like.length > 5) return ` ${like.length} known types contain it.`;
    return like.length === 0 ? '' : ` Known types that contain it: ${like.join(', ')}.`;
  }
}

function documentInfo(service: string | undefined, { title, version }: EventsArguments): DocumentInfo {
  const { name, version: current } = title !== undefined && version !== undefined ? {} : readPackage();
  return { title: title ?? service ?? name ?? 'Events', version: version ?? current ?? '0.0.0' };
}

/** Returns the package.json of the current folder, if there is one. */
function readPackage(): { readonly name?: string; readonly version?: string } {
  try {
    const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
    return {
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof version === 'string' ? { version } : {}),
    };
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return {};
    throw new SettingsError(`package.json: ${asError(thrown).message}; give --title and --version instead`);
  }
}

function more(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

function warn(text: string): void {
  process.stderr.write(`WARN ${text}\n`);
}
