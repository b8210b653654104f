import { type Incompatibility, incompatibilities, type IncompatibilityRule } from './compatibility.js';

/**
 * Which schemas must be able to read which, by the names of the schema registries. BACKWARD: the new one reads what was written by the
 * newest version; FORWARD: the newest version reads what the new one writes; FULL: both. TRANSITIVE: so with every version.
 */
export const COMPATIBILITY_MODES = [
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;

/** Which schemas must be able to read which, as in schema registries. */
export type CompatibilityMode = (typeof COMPATIBILITY_MODES)[number];

/** A schema that events were written by. */
export interface SchemaVersion {
  readonly version: number;
  readonly schema: string;
}

/** An incompatibility with a version; the message also says what to do. */
export interface VersionIncompatibility extends Incompatibility {
  readonly version: number;
  /** `backward`: the new schema cannot read what the version wrote; `forward`: the other way round. */
  readonly direction: 'backward' | 'forward';
}

/**
 * What is wrong with a new schema by the mode; `versions` are in their order, the newest last.
 *
 * All of it presumes a reader that knows the writer's schema. Throws `InvalidEventError` when a text is not a schema.
 */
export function checkCompatibility({
  mode = 'FULL_TRANSITIVE',
  versions,
  schema,
}: {
  readonly mode?: CompatibilityMode;
  readonly versions: readonly SchemaVersion[];
  readonly schema: string;
}): readonly VersionIncompatibility[] {
  const compared = mode.endsWith('_TRANSITIVE') ? versions : versions.slice(-1);
  const directions = (['backward', 'forward'] as const).filter(
    (direction) => mode.startsWith('FULL') || mode.startsWith(direction.toUpperCase()),
  );
  return compared.flatMap((version) => directions.flatMap((direction) => compareToVersion(version, schema, direction)));
}

function compareToVersion(
  { version, schema: frozen }: SchemaVersion,
  schema: string,
  direction: 'backward' | 'forward',
): readonly VersionIncompatibility[] {
  const old = `version ${version}`;
  const found =
    direction === 'backward'
      ? incompatibilities({ writer: frozen, reader: schema }, { writer: old, reader: 'the new schema' })
      : incompatibilities({ writer: schema, reader: frozen }, { writer: 'the new schema', reader: old });
  return found.map(({ path, rule, message }) => ({
    path,
    rule,
    message: `${message}: ${ADVICE[direction][rule] ?? 'undo the change'}, or publish a new major version`,
    version,
    direction,
  }));
}

const ADVICE: Readonly<Record<'backward' | 'forward', Partial<Record<IncompatibilityRule, string>>>> = {
  backward: {
    'reader-field-missing-default-value': 'give it a default',
    'name-mismatch': 'keep the name or add the alias',
    'missing-enum-symbols': 'keep the symbols or give the enum a default',
  },
  forward: {
    'reader-field-missing-default-value': 'keep the field',
    'name-mismatch': 'keep the name',
    'missing-enum-symbols': 'leave the new symbols out',
  },
};
