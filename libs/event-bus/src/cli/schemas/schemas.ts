import { Command, Option } from 'commander';
import { COMPATIBILITY_MODES } from '../../avro/compatibility-mode.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { checkSchemas } from './check.js';
import { freezeSchemas } from './freeze.js';
import { generateModules } from './generate.js';

const TYPES = `
TYPE is an event type, or a prefix of event types that ends with a dot, such as com.example.`;

/** The command `event-bus schemas`. */
export function schemasCommand(): Command {
  return new Command('schemas')
    .description(
      'Keeps the schemas of your event definitions in your repository, so that a breaking change fails the build.',
    )
    .addCommand(check())
    .addCommand(freeze())
    .addCommand(generate());
}

function check(): Command {
  return new Command('check')
    .description(
      'Fails if a definition is incompatible with its frozen schemas, or if its current schema is not frozen.',
    )
    .argument('[TYPE...]', 'the events to check; default: all events of EVENT_BUS_EVENTS and all frozen events')
    .addOption(dirOption())
    .addOption(modeOption())
    .option('--json', 'print the result as one line of JSON')
    .addHelpText(
      'after',
      `${TYPES}
A frozen event without a definition gives only a warning.

Compatible means that a reader can read the event if it also has the schema of the writer. Records of the embedded
backend do not contain it, nor do records that Python services publish to Redis. On these, let all consumers finish a
topic before you change the schemas of its events.

Exit codes: 0 all frozen and compatible, ${EXIT.usage} wrong usage, settings or files, ${EXIT.incompatible} incompatible or not frozen.`,
    )
    .action(checkSchemas);
}

function freeze(): Command {
  return new Command('freeze')
    .description(
      'Writes the schema of each definition to <dir>/TYPE/<n>.avsc, if it differs from the newest frozen schema.',
    )
    .argument('[TYPE...]', 'the events to freeze')
    .option('--all', 'freeze all events of EVENT_BUS_EVENTS')
    .addOption(dirOption())
    .addOption(modeOption())
    .addHelpText(
      'after',
      `${TYPES}
Prints the names of the written files. If one of the definitions is incompatible, no file is written. To start again
with an event that was never published, remove its folder.

Exit codes: 0 done, ${EXIT.usage} wrong usage, settings or files, ${EXIT.incompatible} incompatible.`,
    )
    .action(freezeSchemas);
}

function generate(): Command {
  return new Command('generate')
    .description(
      'Writes a TypeScript module for each Avro schema, with the definition of the event and the types of its data.',
    )
    .argument('<FILE...>', 'Avro schemas; the namespace is the event type')
    .requiredOption('--out <dir>', 'the folder for the modules')
    .addHelpText(
      'after',
      `
Names come from the name of the file: order-placed.avsc becomes order-placed.ts with the definition ORDER_PLACED and
the type OrderPlaced. Prints the names of the written files. No file is written if a schema cannot be used, or if an
existing file would be overwritten that was not generated.

Exit codes: 0 done, ${EXIT.usage} wrong usage or files.`,
    )
    .action(generateModules);
}

function dirOption(): Option {
  return new Option('--dir <dir>', 'the folder of the frozen schemas').default('schemas');
}

function modeOption(): Option {
  return new Option('--mode <mode>', 'the compatibility mode, as in schema registries')
    .choices([...COMPATIBILITY_MODES])
    .default('FULL_TRANSITIVE');
}
