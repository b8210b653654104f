// The backend without Nest. It shows the cost of the backend interface alone.
import { embedded } from 'nest-event-bus/embedded';
import { codec } from './embedded-bare.mjs';
import { eventOf, NUMBERED } from './embedded-events.mjs';
import { GROUP, TOPIC } from './embedded-nest.mjs';

const FILL = 1_000;

const record = (seq) => ({ topic: TOPIC, ...codec.encode(eventOf(seq), NUMBERED.keyField) });

export function openLog(path, options = {}) {
  const backend = embedded({ path, ...options });
  return {
    topic: TOPIC,
    publish: (seq) => backend.publish([record(seq)]),
    /** Publishes the events from 0 to `count` - 1, a thousand per call. */
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
