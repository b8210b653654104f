import { Command, InvalidArgumentError } from 'commander';
import type { Start } from '../../core/backend.js';
import type { Consumer } from '../../core/consume/consumer.js';
import type { Delivery, Handler } from '../../core/consume/delivery.js';
import type { Event } from '../../core/event/event.js';
import { parseStart } from '../../core/consume/start.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { checkConsumersEnabled } from '../../nest/runtime/consumers-enabled.js';
import { makeConsumer } from '../../nest/runtime/make-consumer.js';
import { createRuntime, type EventBusRuntime } from '../../nest/runtime/runtime.js';
import { toJsonLine } from '../json.js';
import { logToStderr } from '../log.js';
import { groupArgument, topicArgument } from '../name-arguments.js';
import { onInterrupt } from '../on-interrupt.js';
import { unknownTypes } from './unknown-types.js';

interface ConsumeArguments {
  readonly topic: string;
  readonly group: string;
  readonly from?: Start;
  readonly count?: number;
  readonly timeout?: number;
}

/** The command `event-bus consume`. */
export function consumeCommand(): Command {
  return new Command('consume')
    .description(
      'Joins a consumer group of a topic and prints each event as a line of JSON. A printed event is settled.',
    )
    .requiredOption('--topic <topic>', 'the topic, without prefix', topicArgument)
    .requiredOption('--group <group>', 'the group', groupArgument)
    .option(
      '--from <where>',
      'where a new group starts: earliest, latest or an ISO 8601 time (UTC without a zone); ignored if the group has a position',
      startArgument,
    )
    .option('--count <n>', 'end after this number of events', countArgument)
    .option(
      '--timeout <seconds>',
      'end after this number of seconds; an error unless --count was reached',
      secondsArgument,
    )
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 stopped or --count reached, ${EXIT.usage} wrong usage or settings, ${EXIT.timeout} timeout, ${EXIT.unavailable} broker not reachable at start.`,
    )
    .action(consume);
}

async function consume(given: ConsumeArguments): Promise<void> {
  const output = { isClosed: false };
  const log = logToStderr();
  const unknown = unknownTypes((line) => process.stderr.write(`${line}\n`));
  const runtime = await createRuntime({}, () => (notice) => {
    if (output.isClosed) return;
    log(notice);
    unknown.observe(notice);
  });
  const stop = new AbortController();
  const release = onInterrupt(() => stop.abort());
  // The reader of the pipe is gone, as after `| head`. Unprinted events stay unsettled. This is not a failure.
  process.stdout.on('error', () => {
    output.isClosed = true;
    stop.abort();
  });
  const deadline = { isOver: false };
  const late = () => {
    deadline.isOver = true;
    stop.abort();
  };
  const timer = given.timeout === undefined ? undefined : setTimeout(late, given.timeout * 1000);
  const printer = printEvents(given.count, () => stop.abort());
  try {
    checkConsumersEnabled(runtime.settings);
    await consumer(runtime, given, printer.handler).run(stop.signal);
  } catch (error) {
    if (!output.isClosed) throw error;
  } finally {
    clearTimeout(timer);
    release();
    await runtime.close();
    if (!output.isClosed) unknown.summary();
  }
  if (!deadline.isOver || printer.printed() === given.count) return;
  process.stderr.write(
    `event-bus: timeout after ${given.timeout ?? 0} s with ${printer.printed()}${given.count === undefined ? '' : ` of ${given.count}`} events\n`,
  );
  process.exitCode = EXIT.timeout;
}

/** Handles one event at a time: a printed event is settled before the next one. */
function consumer(runtime: EventBusRuntime, { topic, group, from }: ConsumeArguments, handler: Handler): Consumer {
  return makeConsumer(runtime, {
    topic,
    group,
    from,
    member: `event-bus-${process.pid}`,
    handlersOf: (type) => (runtime.definitions.has(type) ? [handler] : []),
    override: { ordering: 'partition', concurrency: 1, errorsLimit: undefined },
  });
}

function printEvents(
  count: number | undefined,
  onEnough: () => void,
): { readonly handler: Handler; printed(): number } {
  let printed = 0;
  return {
    printed: () => printed,
    handler: {
      name: 'event-bus consume',
      policy: { attempts: 1, delayMs: 0, maxDelayMs: 0, then: 'halt' },
      handle: async (event, { delivery }) => {
        printed += 1;
        // Called before the first await, so that no other event starts.
        if (printed === count) onEnough();
        await print(toJsonLine(eventLine(event, delivery)));
      },
    },
  };
}

function eventLine({ metadata, data }: Event, { record, key }: Delivery): unknown {
  const { type, id, minorversion, source, sourcehost, time, sourcelib } = metadata;
  const orNull = <Value>(value: Value | undefined) => value ?? null;
  return {
    type,
    metadata: {
      id,
      minorversion: orNull(minorversion),
      source: orNull(source),
      sourcehost: orNull(sourcehost),
      time: orNull(time),
      sourcelib: orNull(sourcelib),
    },
    data,
    topic: record.topic,
    position: record.position,
    key,
  };
}

/** Resolves when the line has left the process. Only then the record may be settled. */
function print(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

function startArgument(text: string): Start {
  const start = parseStart(text);
  if (start === undefined)
    throw new InvalidArgumentError('Allowed: earliest, latest, or an ISO 8601 time (UTC without a zone).');
  return start;
}

function countArgument(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError('Allowed: a whole number from 1.');
  return count;
}

/** The longest time that Node's timers support, in s, rounded down. */
const MAX_TIMEOUT_S = 2_000_000;

function secondsArgument(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_S))
    throw new InvalidArgumentError(`Allowed: a number of seconds above 0, at most ${MAX_TIMEOUT_S}.`);
  return seconds;
}
