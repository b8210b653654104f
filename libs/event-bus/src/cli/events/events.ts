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

/** `event-bus events`. */
export function eventsCommand(): Command {
  return new Command('events')
    .description('Lists the events: version, fields, where they are sent, and who handles them. No broker is asked.')
    .argument('[type...]', 'only these event types, with their fields')
    .option('--fields', 'show the fields of every event')
    .option('--app <file>', 'a built file that exports Nest modules: whose handlers to show; repeatable', more)
    .option('--consumes <topic>', 'a topic, without prefix, that the consumers are started for; repeatable', more)
    .addOption(new Option('--json', 'print one JSON document').conflicts('fields'))
    .addOption(new Option('--asyncapi', 'print an AsyncAPI 3.0 document').conflicts(['json', 'fields']))
    .option('--title <text>', "the document's title; by default EVENTS_SERVICE_NAME, else the name in package.json")
    .option('--version <text>', "the document's version; by default that of package.json")
    .allowExcessArguments(false)
    .addHelpText('after', HELP)
    .action(events);
}

const HELP = `
Routes are those of EVENT_BUS_PRODUCER_CONFIG, topics with EVENT_BUS_TOPIC_PREFIX. What an --app gives to
EventBusModule.forRoot() or forRootAsync() wins for that application. The latter is called with the modules that it
imports, and with global modules that export what it injects. They start, and nothing else does.

--app imports the file and starts nothing, so give the module file (dist/apps/consumer/consumer.module.js)
and not main.js. Handlers do not know topics: each gets its event from the topics of the event's routes.
--consumes limits these, and stands for the topics of events whose routes do not lead there. A handler without
any topic stands in the AsyncAPI document on a channel whose address is null, which means unknown.

The AsyncAPI document has the events that are sent (enabled routes) or handled (--app), no others.

--json prints, names being only ever added:
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
        `--app ${file}: the options of forRootAsync() are not known without the application (${unknownBecause}); shown is what the environment says`,
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

/** An option without effect is a mistake. */
function check({ asyncapi, title, version, app, consumes }: EventsArguments): void {
  const problems: string[] = [];
  if (asyncapi !== true && title !== undefined) problems.push('--title goes with --asyncapi.');
  if (asyncapi !== true && version !== undefined) problems.push('--version goes with --asyncapi.');
  if (consumes !== undefined && app === undefined) problems.push('--consumes goes with --app.');
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
}

function select(catalogue: Catalogue, types: readonly string[]): Catalogue {
  const unknown = types.filter((type) => !catalogue.events.some(({ definition }) => definition.type === type));
  if (unknown.length > 0) {
    throw new SettingsError(
      unknown
        .map(
          (type) => `${type} is no known event type; list the module that defines it in EVENT_BUS_EVENTS.${hint(type)}`,
        )
        .join('\n'),
    );
  }
  if (types.length === 0) return catalogue;
  return { ...catalogue, events: catalogue.events.filter(({ definition }) => types.includes(definition.type)) };

  function hint(type: string): string {
    const like = catalogue.events.map(({ definition }) => definition.type).filter((known) => known.includes(type));
    if (like.length > 5) return ` ${like.length} known types contain it.`;
    return like.length === 0 ? '' : ` Known are ${like.join(', ')}.`;
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
