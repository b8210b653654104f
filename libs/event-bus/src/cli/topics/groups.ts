import { Command } from 'commander';
import type { Backend } from '../../core/backend.js';
import { AdminError } from '../../core/errors.js';
import { fullTopic } from '../../core/topics/topic.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { topicArgument } from '../name-arguments.js';
import { printTable } from '../print.js';
import { withRuntime } from '../with-runtime.js';
import { type GroupLine, groupLine, groupTable } from './group-lines.js';
import { ownTopics } from './own-topics.js';

interface GroupsArguments {
  readonly topic?: string;
  readonly json?: boolean;
}

/** `event-bus groups`. */
export function groupsCommand(): Command {
  return new Command('groups')
    .description(
      'Lists the groups of a topic, or of all topics, with their members, their lag and what they do about it.',
    )
    .option(
      '--topic <topic>',
      'the topic, without prefix; default: all topics with the prefix of the settings',
      topicArgument,
    )
    .option('--json', 'print a line of JSON for each group; the default if the output is not a terminal')
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 listed, ${EXIT.usage} wrong usage or settings, unknown topic, access refused, ${EXIT.unavailable} broker not reachable.`,
    )
    .action(groups);
}

function groups({ topic, json = false }: GroupsArguments): Promise<void> {
  return withRuntime(async ({ settings: { topicPrefix }, consumerBackend: backend }, signal) => {
    if (topic !== undefined) {
      printTable(await groupsOf(backend, fullTopic(topicPrefix, topic)), groupTable, json);
      return;
    }
    const found: GroupLine[] = [];
    for (const each of ownTopics(topicPrefix, await backend.topics())) {
      signal.throwIfAborted();
      found.push(...(await unlessGone(groupsOf(backend, each))));
    }
    printTable(found, groupTable, json);
    if (found.length === 0) process.stderr.write('event-bus: no topic has a group.\n');
  });
}

async function groupsOf(backend: Backend, topic: string): Promise<readonly GroupLine[]> {
  const known = [...(await backend.groups(topic))].sort((one, other) => (one.group < other.group ? -1 : 1));
  const lines = await Promise.all(
    known.map((each) =>
      unlessGone(
        backend
          .positions(topic, each.group)
          .then((positions) => [groupLine({ topic, ...each, at: Date.now(), positions })]),
      ),
    ),
  );
  return lines.flat();
}

/** Leaves out what somebody removed after it was listed. */
async function unlessGone(lines: Promise<readonly GroupLine[]>): Promise<readonly GroupLine[]> {
  try {
    return await lines;
  } catch (error) {
    if (error instanceof AdminError) return [];
    throw error;
  }
}
