import { randomUUID } from 'node:crypto';

import { sleep } from '../../core/backoff.js';
import type { Connection } from '../client/connection.js';
import { exclusiveKey } from '../keys.js';
import { DESPITE_FULL } from '../client/scripts.js';

/** The exclusive right to work for a group, held by a lease. */
export interface Exclusivity {
  /** Whether the lease is old enough that `renew` must confirm it. */
  isDue(): boolean;
  /** Resolves with whether the right is still held. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

const ACQUIRE = `${DESPITE_FULL}
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
`;

const RENEW = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`;

const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;

/** Waits until no other member of the group is active. Resolves with `undefined` if `stop` aborts first. */
export async function acquire(
  connection: Connection,
  { topic, group, leaseMs }: { readonly topic: string; readonly group: string; readonly leaseMs: number },
  stop: AbortSignal,
): Promise<Exclusivity | undefined> {
  const key = exclusiveKey(topic, group);
  const token = randomUUID();
  let renewedAt = performance.now();
  const renewed = (isHeld: boolean, at: number) => {
    if (isHeld) renewedAt = at;
    return isHeld;
  };
  while (!stop.aborted) {
    const at = performance.now();
    if (renewed((await connection.run(ACQUIRE, [key], token, leaseMs)) === 'OK', at)) {
      return {
        isDue: () => performance.now() - renewedAt > leaseMs / 2,
        async renew() {
          const asked = performance.now();
          return renewed((await connection.run(RENEW, [key], token, leaseMs)) === 1, asked);
        },
        async release() {
          await connection.run(RELEASE, [key], token);
        },
      };
    }
    await sleep(Math.max(20, leaseMs / 20), stop).catch(() => undefined);
  }
  return undefined;
}
