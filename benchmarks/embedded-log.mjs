// The backend without Nest: what the seam alone costs.
import { embedded } from 'nest-event-bus/embedded';
import { codec } from './embedded-bare.mjs';
import { eventOf, NUMBERED } from './embedded-events.mjs';
import { GROUP, TOPIC } from './embedded-nest.mjs';

const FILL = 1_000;

const record = (seq) => ({ topic: TOPIC, ...codec.encode(eventOf(seq), NUMBERED.keyField) });

export function openLog(path, options = {}) {
  const backend = embedded({ path, ...options });
  return {
    publish: (seq) => backend.publish([record(seq)]),
    /** Publishes events 0 to `count`, a thousand to a call. */
    async fill(count) {
      for (let seq = 0; seq < count; seq += FILL) {
        await backend.publish(Array.from({ length: Math.min(FILL, count - seq) }, (_, n) => record(seq + n)));
      }
    },
    consume: (handle, maxInFlight, stop) =>
      backend.consume(
        { topic: TOPIC, group: GROUP, member: 'bench', start: 'earliest', maxInFlight, stopBudgetMs: 1_000 },
        handle,
        stop,
      ),
    close: () => backend.close(),
  };
}
