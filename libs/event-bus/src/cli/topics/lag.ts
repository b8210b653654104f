import { Command } from 'commander';
import { sleep } from '../../core/backoff.js';
import { UnavailableError } from '../../core/errors.js';
import { fullTopic } from '../../core/topics/topic.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { toJsonLine } from '../json.js';
import { groupArgument, secondsArgument, topicArgument } from '../name-arguments.js';
import { printLines } from '../print.js';
import { withRuntime } from '../with-runtime.js';
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
      secondsArgument(0.1, 86_400),
    )
    .option('--json', 'print a line of JSON for each partition; the default if the output is not a terminal')
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 shown, ${EXIT.usage} wrong usage or settings, unknown topic or group, ${EXIT.unavailable} broker not reachable.`,
    )
    .action(lag);
}

function lag({ topic, group, watch, json = false }: LagArguments): Promise<void> {
  return withRuntime(async ({ settings, consumerBackend: backend }, signal) => {
    const full = fullTopic(settings.topicPrefix, topic);
    const show = json || !process.stdout.isTTY ? printSample : drawTable();
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      try {
        show({ at: Date.now(), positions: await backend.positions(full, group) });
      } catch (error) {
        // Whoever watches wants to see how it goes on.
        if (isFirst || !(error instanceof UnavailableError)) throw error;
        process.stderr.write(`event-bus: ${error.message}\n`);
      }
      if (watch === undefined) return;
      await sleep(watch === true ? DEFAULT_MS : watch * 1000, signal).catch(() => undefined);
    }
  });
}

const DEFAULT_MS = 2_000;

function printSample({ at, positions }: LagSample): void {
  printLines(positions.map((each) => toJsonLine(lagLine(at, each))));
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
