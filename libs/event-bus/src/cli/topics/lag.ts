import { Command, InvalidArgumentError } from 'commander';
import { sleep } from '../../core/backoff.js';
import { UnavailableError } from '../../core/errors.js';
import { fullTopic } from '../../core/topics/topic.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { createRuntime } from '../../nest/runtime/runtime.js';
import { toJsonLine } from '../json.js';
import { logToStderr } from '../log.js';
import { groupArgument, topicArgument } from '../name-arguments.js';
import { onInterrupt } from '../on-interrupt.js';
import { lagLine, type LagSample, lagTable, trendText } from './lag-table.js';

interface LagArguments {
  readonly topic: string;
  readonly group: string;
  readonly watch?: number | true;
  readonly json?: boolean;
}

/** `event-bus lag`. */
export function lagCommand(): Command {
  return new Command('lag')
    .description('Shows how many events of a topic a group has not handled yet, and how old the oldest of them is.')
    .requiredOption('--topic <topic>', 'the topic, without prefix', topicArgument)
    .requiredOption('--group <group>', 'the group', groupArgument)
    .option(
      '--watch [seconds]',
      'print again after this number of seconds (default: 2), until interrupted',
      secondsArgument,
    )
    .option('--json', 'print a line of JSON for each partition; the default if the output is not a terminal')
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 shown, ${EXIT.usage} wrong usage or settings, unknown topic or group, ${EXIT.unavailable} broker not reachable.`,
    )
    .action(lag);
}

async function lag({ topic, group, watch, json = false }: LagArguments): Promise<void> {
  const runtime = await createRuntime({}, logToStderr);
  const { settings, consumerBackend: backend } = runtime;
  const full = fullTopic(settings.topicPrefix, topic);
  const stop = new AbortController();
  const release = onInterrupt(() => stop.abort());
  // The reader of the pipe has gone (`| head`). This is no failure.
  process.stdout.on('error', () => stop.abort());
  const show = json || !process.stdout.isTTY ? printLines : drawTable();
  try {
    for (let isFirst = true; !stop.signal.aborted; isFirst = false) {
      try {
        show({ at: Date.now(), positions: await backend.positions(full, group) });
      } catch (error) {
        // Whoever watches wants to see how it goes on.
        if (isFirst || !(error instanceof UnavailableError)) throw error;
        process.stderr.write(`event-bus: ${error.message}\n`);
      }
      if (watch === undefined) return;
      await sleep(watch === true ? DEFAULT_MS : watch * 1000, stop.signal).catch(() => undefined);
    }
  } finally {
    release();
    await runtime.close();
  }
}

const DEFAULT_MS = 2_000;

function printLines({ at, positions }: LagSample): void {
  process.stdout.write(positions.map((each) => `${toJsonLine(lagLine(at, each))}\n`).join(''));
}

/** Returns a function that prints the first table, and draws each further one over the one before. */
function drawTable(): (sample: LagSample) => void {
  let before: LagSample | undefined;
  let drawn = 0;
  return (sample) => {
    const lines = [...lagTable(sample), ...(before === undefined ? [] : [trendText(before, sample)])];
    process.stdout.write(`${drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`}${lines.join('\n')}\n`);
    before = sample;
    drawn = lines.length;
  };
}

const MAX_SECONDS = 86_400;

function secondsArgument(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= MAX_SECONDS))
    throw new InvalidArgumentError(`Allowed: a number of seconds from 0.1 to ${MAX_SECONDS}.`);
  return seconds;
}
