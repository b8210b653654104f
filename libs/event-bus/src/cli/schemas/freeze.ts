import type { CompatibilityMode } from '../../avro/compatibility-mode.js';
import { SettingsError } from '../../core/errors.js';
import { EXIT } from '../../nest/runtime/exit-code.js';
import { readFrozen, writeFrozen } from './frozen-schemas.js';
import { isMeant, knownDefinitions, refuseUnknown } from './known-definitions.js';
import { checkSchema, incompatibilityText } from './check.js';

/** The command `event-bus schemas freeze`. Freezes all requested schemas, or none if one of them is incompatible. */
export async function freezeSchemas(
  given: readonly string[],
  { dir, mode, all }: { readonly dir: string; readonly mode: CompatibilityMode; readonly all?: boolean },
): Promise<void> {
  if (given.length > 0 === (all === true)) throw new SettingsError('Name event types, or use --all.');
  const definitions = await knownDefinitions();
  refuseUnknown(given, [...definitions.keys()]);
  const frozen = readFrozen(dir);
  const checked = [...definitions.values()]
    .filter(({ type }) => isMeant(type, given))
    .map(({ type, schema }) => ({ schema, ...checkSchema(type, schema, frozen.get(type) ?? [], mode) }));

  const incompatible = checked.filter(({ status }) => status === 'incompatible');
  for (const { type, incompatibilities } of incompatible)
    process.stderr.write(`${type}: incompatible\n${incompatibilityText(incompatibilities)}`);
  if (incompatible.length > 0) {
    process.stderr.write('Nothing was frozen.\n');
    process.exitCode = EXIT.incompatible;
    return;
  }
  const changed = checked.filter(({ status }) => status !== 'frozen');
  for (const { type, version, schema } of changed)
    process.stdout.write(`${writeFrozen(dir, type, { version: (version ?? 0) + 1, schema })}\n`);
  process.stderr.write(`Frozen: ${changed.length}, unchanged: ${checked.length - changed.length}.\n`);
}
