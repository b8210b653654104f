import { withReferences } from '../../avro/index.js';
import { UnavailableError, UnusableRecordError } from '../../core/errors.js';
import type { RegistryAnswer, SchemaReference } from './registry-answer.js';
import { UnknownIds } from './unknown-ids.js';

export interface SchemaLookupOptions {
  /** The registry, as the beginning of a sentence. */
  readonly what: string;
  readonly request: (path: string) => Promise<RegistryAnswer>;
  /** The error for an answer that says nothing about the schema. */
  readonly unavailable: (answer: RegistryAnswer, when: string) => Error;
  /** How long an id may be unknown before its records count as unusable, in ms. */
  readonly unknownIdMs: number;
}

/** Error codes for missing things. A 404 without such a code comes from something other than a registry. */
const NOT_FOUND: ReadonlySet<number | undefined> = new Set([40_401, 40_402, 40_403]);

/**
 * Looks schemas up by id. Returns a schema and the schemas that it refers to as one text.
 *
 * Rejects with `UnavailableError` while the registry, or one of its nodes, may not know the schema yet. Rejects with
 * `UnusableRecordError` if the schema cannot be used.
 */
export function schemaLookup({
  what,
  request,
  unavailable,
  unknownIdMs,
}: SchemaLookupOptions): (id: number) => Promise<string> {
  const unknown = new UnknownIds({ patienceMs: unknownIdMs });

  async function ask(path: string, sought: string): Promise<RegistryAnswer & { readonly schema: string }> {
    const answer = await request(path);
    const { status, schema, code } = answer;
    if (schema !== undefined && status < 300) {
      unknown.found(sought);
      return { ...answer, schema };
    }
    if (status !== 404 || !NOT_FOUND.has(code)) throw unavailable(answer, `asked for ${sought}`);
    const leftMs = unknown.patience(sought);
    if (leftMs === 0) throw new UnusableRecordError(`${what} has no ${sought}.`);
    throw new UnavailableError(
      `${what} has no ${sought} yet. Another registry node may have it: the lookup is retried for ${Math.ceil(leftMs / 1000)} s.`,
    );
  }

  /** Returns the texts of the schemas that a schema refers to, in any order. Each is requested once. */
  async function referred(
    references: readonly SchemaReference[],
    by: string,
    texts = new Map<string, string>(),
  ): Promise<readonly string[]> {
    for (const { subject, version } of references) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
      if (texts.has(path)) continue;
      const sought = `version ${version} of subject ${subject}`;
      // Deleted schemas too: records written with them still exist.
      const answer = await ask(`${path}?deleted=true`, `${sought}, which ${by} references`);
      texts.set(path, answer.schema);
      await referred(answer.references ?? [], sought, texts);
    }
    return [...texts.values()];
  }

  return async (id) => {
    const { schema, type = 'AVRO', references = [] } = await ask(`/schemas/ids/${id}`, `schema ${id}`);
    if (type !== 'AVRO')
      throw new UnusableRecordError(`Schema ${id} of ${lower(what)} is of the type ${type}; only Avro can be read.`);
    if (references.length === 0) return schema;
    try {
      return withReferences(schema, await referred(references, `schema ${id}`));
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new UnusableRecordError(`Schema ${id} of ${lower(what)}, or one that it refers to, is not JSON.`, {
        cause,
      });
    }
  };
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
