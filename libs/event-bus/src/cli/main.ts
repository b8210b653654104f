import { Command, CommanderError } from 'commander';
import { asError } from '../core/backoff.js';
import { exitCodeOf } from '../nest/runtime/exit-code.js';
import { consumeCommand } from './topics/consume.js';
import { manifestsCommand } from './deploy/manifests.js';
import { doctorCommand } from './doctor/doctor.js';
import { eventsCommand } from './events/events.js';
import { exporterCommand } from './exporter/exporter.js';
import { groupsCommand } from './topics/groups.js';
import { lagCommand } from './topics/lag.js';
import { moveCommand } from './topics/move.js';
import { produceCommand } from './topics/produce.js';
import { topicsCommand } from './topics/topics.js';
import { schemasCommand } from './schemas/schemas.js';
import { settingsCommand } from './settings.js';

const COMMANDS = [
  produceCommand,
  consumeCommand,
  lagCommand,
  exporterCommand,
  groupsCommand,
  topicsCommand,
  doctorCommand,
  moveCommand,
  eventsCommand,
  schemasCommand,
  manifestsCommand,
  settingsCommand,
];

/**
 * The command `event-bus`. Standard output has only results; everything else goes to standard error. Resolves with the
 * exit code.
 */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<number> {
  const program = new Command('event-bus')
    .description(
      'Publishes and consumes events from the command line. Settings come from environment variables (see event-bus settings).',
    )
    .exitOverride()
    .showHelpAfterError('(see --help)');
  for (const command of COMMANDS.map((make) => make())) program.addCommand(inherit(command, program));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (thrown) {
    const code = exitCodeOf(thrown);
    // Commander has already printed the problem.
    if (!(thrown instanceof CommanderError)) console.error(`event-bus: ${asError(thrown).message}`);
    return code;
  }
}

function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}
