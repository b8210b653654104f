import { Command } from 'commander';
import { EXIT } from '../../nest/runtime/exit-code.js';
import type { Finding } from '../../settings/finding.js';
import { toJsonLine } from '../json.js';
import { topicArgument } from '../name-arguments.js';
import { printLines } from '../print.js';
import { untilInterrupted } from '../with-runtime.js';
import { findings } from './findings.js';
import { findingLines, summary } from './finding-lines.js';

interface DoctorArguments {
  readonly topic: readonly string[];
  readonly json?: boolean;
}

/** `event-bus doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Checks settings, connections, rights, durability, clocks and versions. Says what each finding means and what to do. Changes nothing.',
    )
    .option(
      '--topic <topic>',
      'a topic that you consume, without prefix; may be repeated. Topics of the producer configuration are always checked',
      (topic: string, others: readonly string[]) => [...others, topicArgument(topic)],
      [],
    )
    .option('--json', 'print a line of JSON for each finding')
    .allowExcessArguments(false)
    .addHelpText(
      'after',
      `\nExit codes: 0 no problem (there may be warnings), ${EXIT.usage} wrong usage, ${EXIT.problems} at least one problem.`,
    )
    .action(doctor);
}

function doctor({ topic, json = false }: DoctorArguments): Promise<void> {
  return untilInterrupted(async () => {
    const found: Finding[] = [];
    for await (const finding of findings(topic)) {
      found.push(finding);
      printLines(json ? [toJsonLine(finding)] : findingLines(finding));
    }
    if (!json) printLines(['', summary(found)]);
    if (found.some(({ level }) => level === 'problem')) process.exitCode = EXIT.problems;
  });
}
