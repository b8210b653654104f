import { compileSchema } from '../../avro/compile.js';
import { asError } from '../../core/backoff.js';
import { SettingsError } from '../../core/errors.js';
import type { EventDefinition } from '../../core/event.js';
import { loadDefinitions } from '../../nest/runtime/definitions.js';
import { readSettings } from '../../nest/settings/read-settings.js';
import { wrongSettings } from '../../settings/wrong-settings.js';

/**
 * The event definitions that the settings name, by type, without opening a backend.
 *
 * Throws one `SettingsError` with every problem: modules that cannot be loaded, schemas that cannot be used.
 */
export async function knownDefinitions(): Promise<ReadonlyMap<string, EventDefinition>> {
  // No backend is opened, so none needs a name, not even in production.
  const { eventModules } = readSettings({ producer: 'embedded', consumer: 'embedded' });
  const { definitions, problems } = await loadDefinitions(eventModules);
  const all = [...problems, ...[...definitions.values()].flatMap(problemsOf)];
  if (definitions.size === 0 && all.length === 0)
    all.push('EVENT_BUS_EVENTS: got nothing; name the modules that export your event definitions');
  if (all.length > 0) throw wrongSettings(all);
  return definitions;
}

/** Whether an event type is meant by arguments: types, and beginnings of types that end with a dot. None means every type. */
export function isMeant(type: string, given: readonly string[]): boolean {
  return given.length === 0 || given.some((text) => text === type || (text.endsWith('.') && type.startsWith(text)));
}

/** Throws `SettingsError` when an argument means none of the types. */
export function refuseUnknown(given: readonly string[], types: readonly string[]): void {
  const unknown = given.filter((text) => !types.some((type) => isMeant(type, [text])));
  if (unknown.length > 0)
    throw new SettingsError(
      `${unknown.join(', ')}: no such event type; list the module that defines it in EVENT_BUS_EVENTS, or end a prefix with a dot`,
    );
}

function problemsOf({ type, schema }: EventDefinition): readonly string[] {
  // It names a folder.
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(type)) return [`${type}: expected letters, digits, "_", "-" and dots between`];
  try {
    compileSchema(schema);
    return [];
  } catch (thrown) {
    return [`${type}: ${asError(thrown).message}`];
  }
}
