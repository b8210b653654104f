import { compileSchema } from '../../avro/compile.js';
import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import type { EventDefinition } from '../../core/event/event.js';
import { loadDefinitions } from '../../nest/runtime/definitions.js';
import { readSettings } from '../../nest/settings/read-settings.js';
import { wrongSettings } from '../../settings/wrong-settings.js';

/**
 * Returns the event definitions of the settings by type, without opening a backend.
 *
 * Throws one `SettingsError` with all problems: modules that cannot be loaded, schemas that cannot be used.
 */
export async function knownDefinitions(): Promise<ReadonlyMap<string, EventDefinition>> {
  // No backend is opened, so none must be named, not even in production.
  const { eventModules } = readSettings({ producer: 'embedded', consumer: 'embedded' });
  const { definitions, problems } = await loadDefinitions(eventModules);
  const all = [...problems, ...[...definitions.values()].flatMap(problemsOf)];
  if (definitions.size === 0 && all.length === 0)
    all.push('EVENT_BUS_EVENTS: got nothing; list the modules that export your event definitions');
  if (all.length > 0) throw wrongSettings(all);
  return definitions;
}

/**
 * Whether the arguments select an event type. An argument is a type, or a prefix of types that ends with a dot. No
 * arguments select every type.
 */
export function isMeant(type: string, given: readonly string[]): boolean {
  return given.length === 0 || given.some((text) => text === type || (text.endsWith('.') && type.startsWith(text)));
}

/** Throws `SettingsError` if an argument selects no type. */
export function refuseUnknown(given: readonly string[], types: readonly string[]): void {
  const unknown = given.filter((text) => !types.some((type) => isMeant(type, [text])));
  if (unknown.length > 0)
    throw new SettingsError(
      `${unknown.join(', ')}: no such event type; list the module that defines it in EVENT_BUS_EVENTS, or end a prefix with a dot`,
    );
}

function problemsOf({ type, schema }: EventDefinition): readonly string[] {
  // The type is the name of a folder.
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(type))
    return [`${type}: expected letters, digits, "_" and "-", in parts separated by dots`];
  try {
    compileSchema(schema);
    return [];
  } catch (thrown) {
    return [`${type}: ${asError(thrown).message}`];
  }
}
