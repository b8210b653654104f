import { relative } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import type { Start } from '../../core/backend.js';
import { SettingsError } from '../../core/errors.js';
import { parseStart } from '../../core/consume/start.js';
import { nameProblem } from '../../core/topics/topic.js';

/** The arguments of the consumer's command line. */
export interface ConsumerArguments {
  readonly topic: string;
  /** The group. By default derived from the settings; see {@link defaultGroup}. */
  readonly group: string | undefined;
  readonly from: Start | undefined;
  readonly eventTypes: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

/**
 * Reads the arguments after the program's name.
 *
 * Throws `SettingsError` with one clear message, which names `entry`, the application's own file. For `--help`, prints
 * the help and throws the error of commander, with exit code 0.
 */
export function readConsumerArguments(argv: readonly string[], entry = process.argv[1]): ConsumerArguments {
  const command = new Command('consumer')
    .description('Consumes one topic for one group until it is stopped.')
    .option('-t, --topic <topic>', 'the topic, without prefix')
    .option('-g, --group <group>', 'the group; by default <EVENTS_SERVICE_NAME>_<EVENT_BUS_TOPIC_PREFIX>')
    .addOption(new Option('--group_id <group>', 'the same as --group; the name that Open edX uses'))
    .option(
      '--from <where>',
      'where a new group starts: earliest, latest or an ISO 8601 time (UTC without a zone); ignored if the group has a position',
    )
    .option('--event-type <type>', 'only this event type; may be given more than once', collect, [])
    .option('--extra <json>', 'further options as a JSON object')
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const options = parse(command, argv).opts<Record<string, string | undefined> & { eventType: string[] }>();
  const topic = options['topic'];
  if (topic === undefined || topic === '') throw new SettingsError(noTopic(entry));
  if (options['group'] !== undefined && options['group_id'] !== undefined && options['group'] !== options['group_id']) {
    throw new SettingsError('--group and --group_id name different groups; give one of them.');
  }
  const group = options['group'] ?? options['group_id'];
  const problems = [nameProblem('topic', topic), group === undefined ? undefined : nameProblem('group', group)];
  const wrong = problems.filter((problem) => problem !== undefined);
  if (wrong.length > 0) throw new SettingsError(wrong.map((problem) => `--${problem}.`).join('\n'));
  return {
    topic,
    group,
    from: readFrom(options['from']),
    eventTypes: options.eventType,
    extra: readExtra(options['extra']),
  };
}

function noTopic(entry = 'dist/apps/consumer/main.js'): string {
  const file = relative(process.cwd(), entry);
  return `No topic was given. Start the consumer with one of
  nest start consumer --topic TOPIC --group GROUP      (with the event bus plugin in nest-cli.json)
  nest start consumer -- --topic TOPIC --group GROUP
  node ${file.startsWith('..') ? entry : file} --topic TOPIC --group GROUP`;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function parse(command: Command, argv: readonly string[]): Command {
  try {
    return command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError) || error.exitCode === 0) throw error;
    throw new SettingsError(`${error.message.replace(/^error: /, '')}; see --help.`, {
      cause: error,
    });
  }
}

function readFrom(text: string | undefined): Start | undefined {
  if (text === undefined) return undefined;
  const start = parseStart(text);
  if (start === undefined)
    throw new SettingsError(
      `--from: got "${text}"; allowed: earliest, latest, or an ISO 8601 time (UTC without a zone).`,
    );
  return start;
}

function readExtra(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  const allowed = 'allowed: a JSON object, such as {"name": "value"}.';
  try {
    const extra: unknown = JSON.parse(text);
    if (typeof extra === 'object' && extra !== null && !Array.isArray(extra)) return extra as Record<string, unknown>;
  } catch (cause) {
    throw new SettingsError(`--extra: got ${text}, which is not JSON; ${allowed}`, { cause });
  }
  throw new SettingsError(`--extra: got ${text}; ${allowed}`);
}
