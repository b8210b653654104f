import { Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { groupArgument, topicArgument } from '../name-arguments.js';
import { printLines, printTable } from '../print.js';
import { toJsonLine } from '../json.js';
import { tableLines } from '../table.js';
import { untilInterrupted, withRuntime } from '../with-runtime.js';
import { ownTopics } from './own-topics.js';
import { type PlanArguments, plan, type Step } from './plan.js';

interface TopicsArguments extends PlanArguments {
  readonly plan?: boolean;
  readonly json?: boolean;
}

/** `event-bus topics`. */
export function topicsCommand(): Command {
  return new Command('topics')
    .description(
      'Lists the topics with the prefix of the settings. With --plan, compares the topics that the code needs with the broker.',
    )
    .option('--plan', 'print the differences between the broker and what the code needs; change nothing')
    .option('--apply', 'make missing topics and groups, and print the other differences; never delete or change any')
    .option('--app <file>', 'the built file of an application module: its routes are needed as well')
    .option(
      '--topic <topic>',
      'a topic that you consume, without prefix; may be repeated',
      (topic: string, others: readonly string[]) => [...others, topicArgument(topic)],
      [],
    )
    .option(
      '--group <group>',
      'a group that consumes these topics; it needs its dead-letter topics as well',
      groupArgument,
    )
    .option('--partitions <n>', 'the number of partitions (Kafka)', countArgument)
    .option(
      '--replication-factor <n>',
      'default: 3, or the number of brokers if there are fewer (Kafka)',
      countArgument,
    )
    .option('--min-insync-replicas <n>', 'default: one less than the replication factor (Kafka)', countArgument)
    .option('--retention <hours>', 'how long events are kept (Kafka)', countArgument)
    .option('--json', 'print a line of JSON for each topic or difference; the default if the output is not a terminal')
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 listed, or no difference is left, ${EXIT.usage} wrong usage or settings, access refused, ${EXIT.unavailable} broker not reachable, ${EXIT.different} differences are left.`,
    )
    .action(topics);
}

function topics(given: TopicsArguments): Promise<void> {
  const { json = false } = given;
  if (given.plan !== true && given.apply !== true) return list(json);
  return untilInterrupted(async (signal) => {
    let left = 0;
    for await (const step of plan(given)) {
      if (signal.aborted) return;
      printLines(json || !process.stdout.isTTY ? [toJsonLine(step)] : stepLines(step));
      if (!step.made) left += 1;
    }
    process.stderr.write(
      left === 0 ? 'event-bus: no difference is left.\n' : `event-bus: differences left: ${left}.\n`,
    );
    if (left > 0) process.exitCode = EXIT.different;
  });
}

function list(json: boolean): Promise<void> {
  return withRuntime(async ({ settings, consumerBackend: backend }) => {
    const names = ownTopics(settings.topicPrefix, await backend.topics());
    const found = await Promise.all(
      names.map(async (topic) => ({ topic, groups: await backend.groups(topic).then((all) => all.length) })),
    );
    const table = () =>
      tableLines([['topic', 'groups'], ...found.map(({ topic, groups }) => [topic, `${groups}`])], new Set([0]));
    printTable(found, table, json);
    if (found.length === 0) process.stderr.write('event-bus: there is no topic.\n');
  });
}

function stepLines({ subject, what, advice, made }: Step): readonly string[] {
  const sign = made ? 'made   ' : 'differs';
  return [`${sign}  ${subject}: ${what}.`, ...(advice === undefined ? [] : [`         ${advice}`])];
}

function countArgument(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1 || count > 1_000_000)
    throw new InvalidArgumentError('Allowed: a whole number from 1 to 1000000.');
  return count;
}
