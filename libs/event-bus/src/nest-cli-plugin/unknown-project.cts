import { readFileSync } from 'node:fs';
import { optionValue, startedProject } from './start-arguments.cjs';

/**
 * Returns why `nest start <project>` would start something else: nest-cli.json does not have the project. Nest itself
 * ignores the name then and starts the main application.
 */
export function unknownProject(argv: readonly string[]): string | undefined {
  const project = startedProject(argv);
  if (project === undefined || optionValue(argv, '--entryFile') !== undefined) return undefined;
  const file = optionValue(argv, '-c', '--config') ?? 'nest-cli.json';
  const settings = readSettings(file);
  const projects = settings?.projects ?? {};
  if (settings === undefined || project in projects) return undefined;
  const entry = { type: 'application', root: '', sourceRoot: settings.sourceRoot ?? 'src', entryFile: project };
  const known = Object.keys(projects).map((name) => `"${name}"`);
  return (
    `nest start ${project}: ${file} has no project "${project}"` +
    (known.length > 0 ? ` (it has ${known.join(', ')})` : '') +
    `, so Nest would start the main application instead. Nothing was started.\n` +
    `  nest add nest-event-bus adds a project "consumer". By hand, for ${entry.sourceRoot}/${project}.ts, add to ${file}:\n` +
    `    "projects": { ${JSON.stringify(project)}: ${JSON.stringify(entry)} }\n` +
    `  Without a project: nest start --entryFile ${project} --topic <topic>`
  );
}

interface Settings {
  readonly sourceRoot?: string;
  readonly projects?: Readonly<Record<string, unknown>>;
}

/** `undefined` if it is somewhere else, or is not for us to read: Nest then decides alone. */
function readSettings(file: string): Settings | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Settings;
  } catch {
    return undefined;
  }
}
