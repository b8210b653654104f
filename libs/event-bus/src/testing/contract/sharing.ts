import type { Bench } from './bench.js';
import type { Member } from './member.js';
import { numbered, outgoing } from './records.js';

/** Publishes ids that count on from `after`, their keys in turn. */
export async function publishOnKeys(bench: Bench, keys: readonly string[], count: number, after = 0): Promise<void> {
  const ids = numbered(after + count).slice(after);
  await bench.backend.publish(ids.map((id, index) => outgoing(bench.topic, id, keys[index % keys.length] ?? null)));
}

/** Publishes until each member got a record, no more than they can handle; resolves with the number published in all. */
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
