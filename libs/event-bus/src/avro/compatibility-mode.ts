import { type Incompatibility, incompatibilities, type IncompatibilityRule } from './compatibility.js';

/**
 * The compatibility modes of schema registries. BACKWARD: the new schema can read data of the newest version. FORWARD:
 * the newest version can read data of the new schema. FULL: both. TRANSITIVE: the same for all versions.
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

/** A schema with which events were written. */
export interface SchemaVersion {
  readonly version: number;
  readonly schema: string;
}

/** An incompatibility with one version. The message also says what to do. */
export interface VersionIncompatibility extends Incompatibility {
  readonly version: number;
  /** `backward`: the new schema cannot read data of that version. `forward`: the other way round. */
  readonly direction: 'backward' | 'forward';
}

/**
 * Returns the incompatibilities of a new schema by the mode. `versions` must be in order, the newest last.
 *
 * The check assumes readers that know the writer's schema. Throws `InvalidEventError` if a text is not a schema.
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
