/**
 * Where schemas are looked up by id: an instance of `SchemaRegistry` of `@kafkajs/confluent-schema-registry`, with its
 * authentication, agents and cache.
 */
export interface SchemaSource {
  getSchema(id: number): Promise<unknown>;
}

/**
 * Returns a look-up that asks `source` first. If that fails for any reason, it asks `other`: the errors of that package
 * do not tell an outage from an unknown id, and it refuses names that Open edX uses.
 */
export function sourceLookup(
  source: SchemaSource,
  other: (id: number) => Promise<string>,
): (id: number) => Promise<string> {
  return async (id) => (await source.getSchema(id).then(avroText, () => undefined)) ?? other(id);
}

/** Returns the text of an Avro schema, which the package holds as a type of avsc; `undefined` for other schemas. */
function avroText(schema: unknown): string | undefined {
  if (typeof schema !== 'object' || schema === null || !('schema' in schema) || typeof schema.schema !== 'function')
    return undefined;
  return JSON.stringify((schema as AvscType).schema({ exportAttrs: true }));
}

interface AvscType {
  schema(options: { readonly exportAttrs: true }): unknown;
}
