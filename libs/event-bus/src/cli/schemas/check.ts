import { join } from 'node:path';
import {
  checkCompatibility,
  type CompatibilityMode,
  type SchemaVersion,
  type VersionIncompatibility,
} from '../../avro/compatibility-mode.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { readFrozen } from './frozen-schemas.js';
import { toJsonLine } from '../json.js';
import { isMeant, knownDefinitions, refuseUnknown } from './known-definitions.js';
import { inOneLine } from './schema-file.js';

/** The result for one event type. */
export interface CheckedSchema {
  readonly type: string;
  /**
   * - `frozen`: equal to its newest version
   * - `changed`: not frozen in its current form, but compatible
   * - `incompatible`
   * - `not-frozen`: in no version
   * - `no-definition`: only frozen
   */
  readonly status: 'frozen' | 'changed' | 'incompatible' | 'not-frozen' | 'no-definition';
  /** The newest frozen version. */
  readonly version: number | null;
  readonly incompatibilities: readonly VersionIncompatibility[];
}

/** The command `event-bus schemas check`. */
export async function checkSchemas(
  given: readonly string[],
  { dir, mode, json }: { readonly dir: string; readonly mode: CompatibilityMode; readonly json?: boolean },
): Promise<void> {
  const definitions = await knownDefinitions();
  const frozen = readFrozen(dir);
  const types = [...new Set([...definitions.keys(), ...frozen.keys()])].sort();
  refuseUnknown(given, types);
  const checked = types
    .filter((type) => isMeant(type, given))
    .map((type) => checkSchema(type, definitions.get(type)?.schema, frozen.get(type) ?? [], mode));
  process.stdout.write(json === true ? `${toJsonLine({ mode, types: checked })}\n` : reportText(checked, dir, mode));
  if (checked.some(({ status }) => FAILING.has(status))) process.exitCode = EXIT.incompatible;
}

const FAILING = new Set<CheckedSchema['status']>(['changed', 'incompatible', 'not-frozen']);

/** Compares the schema of a definition, if there is one, with the frozen versions of its type. */
export function checkSchema(
  type: string,
  schema: string | undefined,
  versions: readonly SchemaVersion[],
  mode: CompatibilityMode,
): CheckedSchema {
  const newest = versions.at(-1);
  const answer = { type, version: newest?.version ?? null, incompatibilities: [] };
  if (schema === undefined) return { ...answer, status: 'no-definition' };
  if (newest === undefined) return { ...answer, status: 'not-frozen' };
  const incompatibilities = checkCompatibility({ mode, versions, schema });
  if (incompatibilities.length > 0) return { ...answer, status: 'incompatible', incompatibilities };
  return { ...answer, status: inOneLine(schema) === inOneLine(newest.schema) ? 'frozen' : 'changed' };
}

/** Returns one indented line per incompatibility. */
export function incompatibilityText(found: readonly VersionIncompatibility[]): string {
  return found
    .map(
      ({ version, direction, path, rule, message }) =>
        `  ${path}: ${rule} (version ${version}, ${direction}): ${message}\n`,
    )
    .join('');
}

function reportText(checked: readonly CheckedSchema[], dir: string, mode: CompatibilityMode): string {
  const frozen = checked.filter(({ status }) => status === 'frozen').length;
  const defined = checked.filter(({ status }) => status !== 'no-definition').length;
  return `${checked.map((each) => checkedText(each, dir, mode)).join('')}${frozen} of ${defined} event types are frozen and compatible (${mode})\n`;
}

function checkedText(
  { type, status, version, incompatibilities }: CheckedSchema,
  dir: string,
  mode: CompatibilityMode,
): string {
  const freeze = `event-bus schemas freeze ${type} --dir ${dir} --mode ${mode}`;
  switch (status) {
    case 'frozen':
      return '';
    case 'changed':
      return `${type}: compatible, but changed since version ${version ?? 0}; freeze it: ${freeze}\n`;
    case 'not-frozen':
      return `${type}: not frozen; freeze it: ${freeze}\n`;
    case 'no-definition':
      return `${type}: warning: frozen in ${join(dir, type)}, but no definition was found; if no such events are left, remove the folder\n`;
    case 'incompatible':
      return `${type}: incompatible\n${incompatibilityText(incompatibilities)}`;
  }
}
