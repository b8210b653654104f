// A service that publishes numbered events with KEYS keys to TOPIC at a constant RATE (events/s), until SIGTERM or
// COUNT. If an event is not confirmed, it is published again with its id, and its key waits. The file PUBLISHED has the
// confirmed events.
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventBus, EventBusModule } from 'nest-event-bus';
import { NUMBERED } from './events.js';

const { TOPIC: topic = '', PUBLISHED: file = '/dev/null', NOTE: note = 'plain' } = process.env;
const rate = Number(process.env['RATE'] ?? 100);
const keys = Number(process.env['KEYS'] ?? 20);
const count = Number(process.env['COUNT'] ?? Infinity);
const TICK_MS = 10;

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })] })
class PublisherModule {}

const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort());
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const app = await NestFactory.createApplicationContext(PublisherModule, { abortOnError: false });
const bus = app.get(EventBus);
const prefix = process.env['KEY_PREFIX'] ?? 'k';
const sequences = new Array<number>(keys).fill(0);
const busy = new Set<number>();
const running = new Set<Promise<void>>();
let begun = 0;
let again = 0;

async function publish(n: number): Promise<void> {
  const key = `${prefix}${n}`;
  const seq = sequences[n] ?? 0;
  sequences[n] = seq + 1;
  const id = randomUUID();
  for (;;) {
    try {
      await bus.publish(NUMBERED, { number: { key, seq, note } }, { topic, metadata: { id } });
      appendFileSync(file, `${JSON.stringify({ id, key, seq, at: Date.now() })}\n`);
      return;
    } catch {
      again += 1;
      await pass(50);
    }
  }
}

console.log('PUBLISHING');
let due = 0;
let next = 0;
while (!stopping.signal.aborted && begun < count) {
  due = Math.min(due + (rate * TICK_MS) / 1000, rate / 10);
  for (let tried = 0; due >= 1 && begun < count && tried < keys; tried += 1) {
    const n = (next += 1) % keys;
    if (busy.has(n)) continue;
    due -= 1;
    begun += 1;
    busy.add(n);
    const publishing = publish(n).finally(() => {
      busy.delete(n);
      running.delete(publishing);
    });
    running.add(publishing);
  }
  await pass(TICK_MS);
}
await Promise.all(running);
console.log(`PUBLISHED ${begun}, ${again} times again`);
await app.close();
// Output for the log of a test whose publisher does not end.
setTimeout(() => console.log('CLOSED, and kept by', process.getActiveResourcesInfo().join(', ')), 20_000).unref();
