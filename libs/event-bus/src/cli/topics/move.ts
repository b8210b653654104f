import { Command, InvalidArgumentError } from 'commander';
import type { MoveTarget } from '../../core/backend.js';
import { parseInstant } from '../../core/consume/start.js';
import { fullTopic } from '../../core/topics/topic.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { createRuntime } from '../../nest/runtime/runtime.js';
import { logToStderr } from '../log.js';
import { moveTable } from './move-table.js';
import { groupArgument, topicArgument } from '../name-arguments.js';
import { printTable } from '../print.js';

interface MoveArguments {
  readonly topic: string;
  readonly group: string;
  readonly to: MoveTarget;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** The command `event-bus move`. */
export function moveCommand(): Command {
  return new Command('move')
    .description(
      'Moves a consumer group to another position. The group must have no members. Prints for each partition the old and the new position, and how many events will be handled again or skipped.',
    )
    .requiredOption('--topic <topic>', 'the topic, without prefix', topicArgument)
    .requiredOption('--group <group>', 'the group', groupArgument)
    .requiredOption(
      '--to <where>',
      'start, end, an ISO 8601 time (UTC without a zone), or the position of the next event to handle',
      targetArgument,
    )
    .option('--dry-run', 'print the result without moving the group')
    .option('--json', 'print a line of JSON for each partition; the default if the output is not a terminal')
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 moved, ${EXIT.usage} not moved (unknown group, group with members, wrong position, usage or settings), ${EXIT.unavailable} broker not reachable.`,
    )
    .action(move);
}

async function move({ topic, group, to, dryRun = false, json = false }: MoveArguments): Promise<void> {
  const runtime = await createRuntime({}, logToStderr);
  const { settings, consumerBackend: backend } = runtime;
  const full = fullTopic(settings.topicPrefix, topic);
  try {
    const moves = await backend.move(full, group, to, { dryRun });
    printTable(moves, (each) => moveTable(each, dryRun), json);
    const moved = new Set(moves.map(({ partition }) => partition));
    const others = (await backend.positions(full, group)).filter(({ partition }) => !moved.has(partition));
    if (others.length > 0)
      process.stderr.write(
        `event-bus: a position belongs to one partition; these partitions were not moved: ${others.map(({ partition }) => partition).join(', ')}.\n`,
      );
  } finally {
    await runtime.close();
  }
}

/**
 * If the text is neither a word nor a time, it is a position, which only the backend can read. A position has a digit.
 */
function targetArgument(text: string): MoveTarget {
  if (text === 'start' || text === 'end') return text;
  const time = parseInstant(text);
  if (time === undefined && !/\d/.test(text))
    throw new InvalidArgumentError('Allowed: start, end, an ISO 8601 time (UTC without a zone), or a position.');
  return time ?? { position: text };
}
