import type { Bench } from './bench.js';
import type { Member } from './member.js';
import { numbered, outgoing } from './records.js';

/** Publishes `count` records whose ids continue after `after`. The keys are used in turn. */
export async function publishOnKeys(bench: Bench, keys: readonly string[], count: number, after = 0): Promise<void> {
  const ids = numbered(after + count).slice(after);
  await bench.backend.publish(ids.map((id, index) => outgoing(bench.topic, id, keys[index % keys.length] ?? null)));
}

/**
 * Publishes until each member has received a record, but no faster than they handle them. Resolves with the total
 * number.
 */
export async function publishUntilAllGet(bench: Bench, members: readonly Member[], after = 0): Promise<number> {
  let published = after;
  await bench.groupIsMade();
  await bench.until(
    async () => {
      if ((await bench.behind()) === 0) {
        await publishOnKeys(bench, numbered(20, 'key-'), 20, published);
        published += 20;
      }
      return members.every(({ calls }) => calls.length > 0);
    },
    'each member to get a record',
    bench.limits.takeoverMs,
  );
  return published;
}
