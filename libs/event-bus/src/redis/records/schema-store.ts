import { UnavailableError } from '../../core/errors.js';
import type { Connection } from '../client/connection.js';
import { SCHEMAS_KEY } from '../keys.js';

/** The schemas of writers, by their fingerprints, for readers that have another version. Both reject with `UnavailableError`. */
export interface SchemaStore {
  /** Resolves when readers can find it; for as long as the backend is open it stays there, or comes back. */
  save(fingerprint: string, schema: string): Promise<void>;
  /** The schema's text, or `undefined` when nobody saved it. Rejects for some seconds while a publisher may still save it again. */
  find(fingerprint: string): Promise<string | undefined>;
}

/** The store of a backend, with a life. */
export interface KeptSchemas extends SchemaStore {
  /** Saves again what this process has saved: the server may be another by now. */
  renew(): void;
  end(): void;
}

/** Between two renewals, in ms: a server that lost the schemas in a failover, by FLUSHDB or by eviction has them again after so long. */
const RENEWAL_MS = 5_000;
/** For how long a missing schema may still come, in ms: a renewal, and one that failed. */
const MISSING_MS = 2.4 * RENEWAL_MS;

/** The store in a hash of its own beside the streams. See docs/decisions/0029. */
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
      // The next renewal tries again, and whoever publishes hears of a server that is away.
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
