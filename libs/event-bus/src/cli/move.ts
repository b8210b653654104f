import { Command } from 'commander';
import type { MoveTarget } from '../core/backend.js';
import { AdminError, SettingsError } from '../core/errors.js';
import { parseInstant } from '../core/start.js';
import { fullTopic } from '../core/topic.js';
import { EXIT } from '../nest/exit-code.js';
import { createRuntime } from '../nest/runtime.js';
import { toJsonLine } from './json.js';
import { logToStderr } from './log.js';
import { groupArgument, topicArgument } from './name-arguments.js';

interface MoveArguments {
  readonly topic: string;
  readonly group: string;
  readonly to: MoveTarget;
  readonly dryRun?: boolean;
}

/** `event-bus move`. */
export function moveCommand(): Command {
  return new Command('move')
    .description(
      'Moves a group that has no members; prints a line of JSON for each partition: from, to, and what is then behind.',
    )
    .requiredOption('--topic <topic>', 'the topic, without prefix', topicArgument)
    .requiredOption('--group <group>', 'the group', groupArgument)
    .requiredOption(
      '--to <where>',
      'start, end, an ISO 8601 time, or the position of the event that comes next',
      targetArgument,
    )
    .option('--dry-run', 'only show from where to where')
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 moved, ${EXIT.usage} not possible as asked: unknown group, one with members, no such position.`,
    )
    .action(move);
}

async function move({ topic, group, to, dryRun = false }: MoveArguments): Promise<void> {
  const runtime = await createRuntime({}, logToStderr);
  const { settings, consumerBackend: backend } = runtime;
  const full = fullTopic(settings.topicPrefix, topic);
  try {
    const moves = await backend.move(full, group, to, { dryRun });
    const behind = dryRun ? [] : await backend.positions(full, group);
    for (const each of moves) {
      const left = behind.find(({ partition }) => partition === each.partition)?.behind;
      process.stdout.write(`${toJsonLine({ ...each, ...(left === undefined ? {} : { behind: left }) })}\n`);
    }
  } catch (thrown) {
    throw thrown instanceof AdminError ? new SettingsError(thrown.message, { cause: thrown }) : thrown;
  } finally {
    await runtime.close();
  }
}

/** What is no word and no time is a position, which only the backend can read. */
function targetArgument(text: string): MoveTarget {
  return text === 'start' || text === 'end' ? text : (parseInstant(text) ?? { position: text });
}
