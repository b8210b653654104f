// Publishes events with the numbers 0 to COUNT - 1 and BYTES of text to TOPIC. Without RATE, TOGETHER publishes are
// open at a time. With RATE (maximum events/s), it does not wait for confirmations and runs until SIGTERM. It writes
// the confirmed numbers to SEEN. `refused` counts the events for which there was no room.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBus, EventBusModule } from 'nest-event-bus';
import { NUMBERED } from './events.js';
import { Seen, tellMemory } from './flood.js';

const { TOPIC: topic = '' } = process.env;
const count = Number(process.env['COUNT'] ?? 1_000_000);
const together = Number(process.env['TOGETHER'] ?? 1_000);
const rate = Number(process.env['RATE'] ?? 0);
const bytes = Number(process.env['BYTES'] ?? 0);
const TICK_MS = 10;

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })] })
class PublisherModule {}

const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());

// Without a logger, because a line for each refused event would flood the log.
const app = await NestFactory.createApplicationContext(PublisherModule, { abortOnError: false, logger: false });
const bus = app.get(EventBus);
const seen = new Seen();
let refused = 0;
let slowestMs = 0;
let failed = 0;
let open = 0;

async function publish(seq: number): Promise<void> {
  const begunAt = performance.now();
  open += 1;
  // A different text for each event, like real data.
  const note = bytes === 0 ? null : String(seq).padEnd(bytes, '.');
  try {
    await bus.publish(NUMBERED, { number: { key: `k${seq % 100}`, seq, note } }, { topic });
    seen.add(seq);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (said.includes('already wait to be sent')) {
      if (refused === 0) console.log(`REFUSED: ${said}`);
      refused += 1;
      slowestMs = Math.max(slowestMs, performance.now() - begunAt);
    } else {
      if (failed === 0) console.log(`FAILED: ${said}`);
      failed += 1;
    }
  } finally {
    open -= 1;
  }
}

console.log('PUBLISHING');
tellMemory(() => seen.count);
if (rate === 0) {
  for (let n = 0; n < count; n += together)
    await Promise.all(Array.from({ length: Math.min(together, count - n) }, (_, k) => publish(n + k)));
} else {
  // Events that a late tick missed are not published later. A burst would block the process.
  for (let n = 0; !stopping.signal.aborted; await new Promise((resolve) => setTimeout(resolve, TICK_MS)))
    for (const end = Math.min(count, n + (rate * TICK_MS) / 1000); n < end; n += 1) void publish(n);
  while (open > 0) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
}
console.log(`PUBLISHED ${seen.count}, ${failed} failed, ${refused} refused within ${Math.round(slowestMs)} ms`);
seen.save();
await app.close();
