import { Command, Option } from 'commander';
import { COMPATIBILITY_MODES } from '../../avro/compatibility-mode.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { checkSchemas } from './check.js';
import { freezeSchemas } from './freeze.js';
import { generateModules } from './generate.js';

const TYPES = `
TYPE is an event type, or the beginning of some that ends with a dot: com.example.`;

/** The command `event-bus schemas`. */
export function schemasCommand(): Command {
  return new Command('schemas')
    .description(
      'Keeps the schemas of the event definitions in the repository, where a breaking change fails the build.',
    )
    .addCommand(check())
    .addCommand(freeze())
    .addCommand(generate());
}

function check(): Command {
  return new Command('check')
    .description('Fails when a definition is not compatible with its frozen schemas, or is not frozen as it is.')
    .argument('[TYPE...]', 'which events; by default all that EVENT_BUS_EVENTS defines, and all that are frozen')
    .addOption(dirOption())
    .addOption(modeOption())
    .option('--json', 'print the result as one line of JSON')
    .addHelpText(
      'after',
      `${TYPES}
A frozen event that is defined nowhere is only a warning. Compatible means: readable for a reader who has the
writer's schema too. Records of the embedded log and of Redis carry none: there, drain a topic before the schema of its events changes.

Exit codes: 0 all frozen and compatible, ${EXIT.usage} wrong usage, settings or files, ${EXIT.incompatible} not so.`,
    )
    .action(checkSchemas);
}

function freeze(): Command {
  return new Command('freeze')
    .description(
      'Records the schema of each definition that differs from its newest frozen one, as <dir>/TYPE/<n>.avsc.',
    )
    .argument('[TYPE...]', 'which events')
    .option('--all', 'every event that EVENT_BUS_EVENTS defines')
    .addOption(dirOption())
    .addOption(modeOption())
    .addHelpText(
      'after',
      `${TYPES}
Prints the files written. Nothing is written when one of the definitions is incompatible. To begin anew with an event that nobody
has published yet, remove its folder.

Exit codes: 0 done, ${EXIT.usage} wrong usage, settings or files, ${EXIT.incompatible} incompatible.`,
    )
    .action(freezeSchemas);
}

function generate(): Command {
  return new Command('generate')
    .description(
      'Writes a TypeScript module for each Avro schema: the definition of the event and the types of its data.',
    )
    .argument('<FILE...>', 'Avro schemas; the namespace is the event type')
    .requiredOption('--out <dir>', 'the folder of the modules')
    .addHelpText(
      'after',
      `
The file's name gives all others: order-placed.avsc becomes order-placed.ts with the definition ORDER_PLACED of the data OrderPlaced.
Prints the files written. Nothing is written when one of the schemas cannot be used, or when a file that was not generated is in the way.

Exit codes: 0 done, ${EXIT.usage} wrong usage or files.`,
    )
    .action(generateModules);
}

function dirOption(): Option {
  return new Option('--dir <dir>', 'the folder of the frozen schemas').default('schemas');
}

function modeOption(): Option {
  return new Option('--mode <mode>', 'who must be able to read whom; as in schema registries')
    .choices([...COMPATIBILITY_MODES])
    .default('FULL_TRANSITIVE');
}
