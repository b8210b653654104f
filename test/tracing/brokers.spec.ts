import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onBackends } from '../support/on-backends.js';
import type { RunningProcess } from '../support/process.js';
import { deadLettersOf } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

/** A span as the app prints it. */
interface Printed {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly status: number;
}

await onBackends(({ env, open }) => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('traces', { EVENT_BUS_TRACING: 'on', ...env() })));
  afterEach(() => bench.clear());

  it(
    'a trace goes from the publishing process to the consuming one, its retries and its dead letter',
    { timeout: 60_000 },
    async () => {
      const { topic } = bench;
      const publisher = bench.consumer('traced', { args: [], env: { TOPIC: topic, COUNT: '3' } });
      expect(await publisher.ended, publisher.lines.slice(-5).join('\n')).toBe(0);
      const consumer = bench.consumer('traced');
      const process = `process ${topic}`;
      await until(() => spansOf(consumer, process).length === 3, {
        withinMs: 40_000,
        what: () => `three deliveries; it said ${consumer.lines.slice(-5).join('\n')}`,
      });
      await expect(consumer.stop()).resolves.toBe(0);
      const sends = spansOf(publisher, `send ${topic}`);
      const deliveries = spansOf(consumer, process);
      const requests = spansOf(publisher, 'request');
      expect(sends.map(({ parentId }) => parentId)).toEqual(requests.map(({ spanId }) => spanId));
      expect(deliveries.map(({ parentId }) => parentId)).toEqual(sends.map(({ spanId }) => spanId));
      expect(deliveries.map(({ links }) => links)).toEqual(sends.map(({ spanId }) => [spanId]));
      for (const [n, { attributes }] of deliveries.entries()) {
        for (const name of ['messaging.message.id', 'event_bus.position', ...onlyOnKafka(bench)])
          expect([name, attributes[name]]).toEqual([name, sends[n]?.attributes[name] ?? 'missing']);
      }
      const outcomes = deliveries.map(({ attributes, events, status }) => [
        attributes['event_bus.outcome'],
        events,
        status,
      ]);
      expect(outcomes).toEqual([
        ['handled', [], 0],
        ['handled', ['event_bus.retry'], 0],
        ['failed', ['event_bus.dead_letter'], 2],
      ]);
      const calls = spansOf(consumer, 'TracedController.handle');
      expect(
        calls.map(({ parentId, attributes, status }) => [parentId, attributes['event_bus.attempt'], status]),
      ).toEqual([
        [deliveries[0]?.spanId, 1, 0],
        [deliveries[1]?.spanId, 1, 2],
        [deliveries[1]?.spanId, 2, 0],
        [deliveries[2]?.spanId, 1, 2],
      ]);
      const traceparents: string[] = [];
      const { backend } = open(bench);
      try {
        for await (const { headers } of backend.read(deadLettersOf(bench)))
          for (const [name, value] of headers) if (name === 'traceparent') traceparents.push(String(value));
      } finally {
        await backend.close();
      }
      expect(traceparents).toEqual([`00-${sends[2]?.traceId}-${sends[2]?.spanId}-01`]);
    },
  );
});

function onlyOnKafka({ env }: Workbench): readonly string[] {
  return env['EVENT_BUS_CONSUMER'] === 'kafka' ? ['messaging.destination.partition.id', 'messaging.kafka.offset'] : [];
}

function spansOf({ output }: RunningProcess, name: string): readonly Printed[] {
  return output
    .filter((line) => line.startsWith('SPAN '))
    .map((line) => JSON.parse(line.slice('SPAN '.length)) as Printed)
    .filter((span) => span.name === name);
}
