import type { Connection } from './connection.js';
import { SCHEMAS_KEY } from './keys.js';

/** The schemas of writers, by their fingerprints, for readers that have another version. Both reject with `UnavailableError`. */
export interface SchemaStore {
  save(fingerprint: string, schema: string): Promise<void>;
  /** The schema's text, or `undefined` when nobody saved it. */
  find(fingerprint: string): Promise<string | undefined>;
}

/** The store in a hash of its own beside the streams. */
export function schemaStore(connection: () => Connection): SchemaStore {
  return {
    async save(fingerprint, schema) {
      await connection().send('HSETNX', SCHEMAS_KEY, fingerprint, schema);
    },
    async find(fingerprint) {
      const found = await connection().send('HGET', SCHEMAS_KEY, fingerprint);
      return typeof found === 'string' ? found : undefined;
    },
  };
}
