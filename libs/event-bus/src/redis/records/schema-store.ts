import { UnavailableError } from '../../core/errors.js';
import type { Connection } from '../client/connection.js';
import { SCHEMAS_KEY } from '../keys.js';

/**
 * Stores the schemas of writers by fingerprint, for readers with another version. Both methods reject with
 * `UnavailableError`.
 */
export interface SchemaStore {
  /**
   * Resolves when readers can find the schema. While the backend is open, a schema that the server loses is saved
   * again.
   */
  save(fingerprint: string, schema: string): Promise<void>;
  /**
   * The text of the schema, or `undefined` if nobody saved it. If the schema is missing, rejects for the first 12 s,
   * because its publisher may save it again.
   */
  find(fingerprint: string): Promise<string | undefined>;
}

/** The schema store of a backend, with its timer. */
export interface KeptSchemas extends SchemaStore {
  /** Saves all schemas of this process again, because the server may have lost them. */
  renew(): void;
  end(): void;
}

/** The time between two renewals, in ms. A server can lose schemas by failover, FLUSHDB or eviction. */
const RENEWAL_MS = 5_000;
/** How long a missing schema may still appear, in ms: long enough for one failed and one successful renewal. */
const MISSING_MS = 2.4 * RENEWAL_MS;

/** A store in one hash of the same Redis. See docs/decisions/0029. */
export function schemaStore(connection: () => Connection): KeptSchemas {
  const saved = new Map<string, string>();
  const missingSince = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let isRenewing = false;

  function renew(): void {
    if (isRenewing || saved.size === 0) return;
    isRenewing = true;
    const commands = [...saved].map((pair) => ['HSETNX', SCHEMAS_KEY, ...pair] as const);
    void connection()
      .sendAll(commands)
      // The next renewal tries again. Publishers notice on their own when the server is unavailable.
      .catch(() => undefined)
      .finally(() => (isRenewing = false));
  }

  return {
    async save(fingerprint, schema) {
      await connection().send('HSETNX', SCHEMAS_KEY, fingerprint, schema);
      saved.set(fingerprint, schema);
      timer ??= setInterval(renew, RENEWAL_MS).unref();
    },
    async find(fingerprint) {
      const found = await connection().send('HGET', SCHEMAS_KEY, fingerprint);
      if (typeof found === 'string') {
        missingSince.delete(fingerprint);
        return found;
      }
      const now = performance.now();
      const since = missingSince.get(fingerprint) ?? now;
      missingSince.set(fingerprint, since);
      if (now - since > MISSING_MS) return undefined;
      throw new UnavailableError(
        `The schema ${fingerprint} is missing in ${SCHEMAS_KEY} at Redis ${connection().where}; a running publisher saves it again within ${RENEWAL_MS / 1_000} s.`,
      );
    },
    renew,
    end: () => clearInterval(timer),
  };
}
