import { fstatSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { asError } from '../../core/backoff.js';
import { InvalidEventError, SettingsError } from '../../core/errors.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { createRuntime, type EventBusRuntime } from '../../nest/runtime/runtime.js';
import { readEventLine } from './event-line.js';
import { toJsonLine } from '../json.js';
import { logToStderr } from '../log.js';
import { topicArgument } from '../name-arguments.js';

/** The maximum number of unconfirmed lines. More would only fill memory. */
const MAX_OPEN = 500;

interface Target {
  readonly topic: string;
  readonly keyField?: string;
}

/** The command `event-bus produce`. */
export function produceCommand(): Command {
  return new Command('produce')
    .description(
      'Publishes events from standard input: one line of JSON {"type", "data", "metadata"?} for each event. Prints the id and the position of each event.',
    )
    .requiredOption('--topic <topic>', 'the topic, without prefix', topicArgument)
    .option(
      '--key-field <path>',
      "the dotted path of the key field; default: the key field of the event's route or definition",
    )
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 all published, ${EXIT.usage} wrong usage or settings, ${EXIT.notAllPublished} some lines were not published (standard error lists them), ${EXIT.unavailable} broker not reachable at start.`,
    )
    .action(produce);
}

async function produce(target: Target): Promise<void> {
  // Node reads a folder as an empty input, and nothing would be published without a message.
  if (fstatSync(process.stdin.fd).isDirectory())
    throw new SettingsError('Standard input is a folder; expected: lines of JSON.');
  const runtime = await createRuntime({}, logToStderr);
  let failed = 0;
  let number = 0;
  let last: Promise<void> = Promise.resolve();
  const open = new Set<Promise<void>>();
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  const pipes = { failure: undefined as string | undefined };
  const fail = (failure: string) => {
    pipes.failure ??= failure;
    lines.close();
  };
  process.stdin.once('error', (error: Error) => fail(`cannot read standard input: ${error.message}`));
  process.stdout.on('error', (error: Error) => fail(`cannot write to standard output: ${error.message}`));
  try {
    for await (const line of lines) {
      const n = (number += 1);
      if (line.trim() === '') continue;
      const sent = publishLine(runtime, line, target);
      // Prints results in the order of the lines, whatever the order of the answers.
      last = Promise.allSettled([last, sent]).then(async () => {
        try {
          process.stdout.write(`${await sent}\n`);
        } catch (error) {
          failed += 1;
          process.stderr.write(`line ${n}: ${asError(error).message}\n`);
        }
      });
      const printed = last;
      open.add(printed);
      void printed.finally(() => open.delete(printed));
      if (open.size >= MAX_OPEN) await Promise.race(open);
    }
    await last;
  } finally {
    await runtime.close();
  }
  if (pipes.failure !== undefined) throw new Error(`${pipes.failure} (at line ${number})`);
  if (failed === 0) return;
  process.stderr.write(`${failed} of ${number} lines were not published.\n`);
  process.exitCode = EXIT.notAllPublished;
}

async function publishLine(
  { definitions, publisher }: EventBusRuntime,
  line: string,
  { topic, keyField }: Target,
): Promise<string> {
  const { type, data, metadata } = readEventLine(line);
  const definition = definitions.get(type);
  if (definition === undefined)
    throw new InvalidEventError(
      `${type} is not a known event type; list the module that defines it in EVENT_BUS_EVENTS`,
    );
  const published = await publisher.publish(definition, data, {
    topic,
    metadata,
    ...(keyField === undefined ? {} : { keyField }),
  });
  const [place] = published.positions;
  return toJsonLine({ id: published.metadata.id, topic: place?.topic, position: place?.position });
}
