import { Controller } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import { EventBus, OnEvent, PublishError } from 'nest-event-bus';
import { type Backend, UnavailableError } from 'nest-event-bus/core';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED } from '../apps/src/events.js';
import { type HybridBench, hybridBench } from '../support/hybrid.js';
import { latch } from '../support/latch.js';
import { recordSpans, type Spans, traceparentOf } from '../support/spans.js';

const PLAIN = [
  'ce_specversion',
  'content-type',
  'ce_datacontenttype',
  'ce_type',
  'ce_id',
  'ce_source',
  'ce_time',
  'ce_minorversion',
  'sourcehost',
  'sourcelib',
];

let handled = latch();
let isHandlerSuppressed = false;

@Controller()
class Numbers {
  constructor(private readonly bus: EventBus) {}

  @OnEvent(NUMBERED)
  async onNumber(): Promise<void> {
    isHandlerSuppressed = isTracingSuppressed(context.active());
    await this.bus.publish(NUMBERED, { number: { key: 'next', seq: 1, note: null } }, { topic: 'next' });
    handled.open();
  }
}

describe('Tracing', () => {
  let bench: HybridBench;
  let spans: Spans | undefined;
  beforeEach(() => {
    handled = latch();
    bench = hybridBench();
  });
  afterEach(async () => {
    await bench.clear();
    await spans?.remove();
    spans = undefined;
  });
  const headersOf = (topic: string) =>
    bench.withBackend(async (backend) => {
      for await (const { headers } of backend.read(topic))
        return headers.map(([name, value]) => [name, Buffer.from(value ?? []).toString()] as const);
      return [];
    });
  const traceparent = async (topic: string) => new Map(await headersOf(topic)).get('traceparent') ?? '';

  it.each([
    ['is off by default, whatever SDK there is', {}, true],
    ['changes no byte of a record as long as there is no SDK', { tracing: true }, false],
  ])('%s', async (_, bus, hasSdk) => {
    if (hasSdk) spans = recordSpans();
    const { publish } = await bench.start({ bus, controllers: [Numbers] });
    await publish('ada');
    await handled.opened;
    expect((await headersOf(bench.topic)).map(([name]) => name)).toEqual(PLAIN);
    expect((await headersOf('next')).map(([name]) => name)).toEqual(PLAIN);
    expect(spans?.all() ?? []).toEqual([]);
  });

  it('finds an SDK that is set after the start', async () => {
    const { publish } = await bench.start({ bus: { tracing: true }, controllers: [Numbers] });
    spans = recordSpans();
    await publish('ada');
    const [send] = await spans.ended('send hybrid');
    expect((await headersOf(bench.topic)).at(-1)).toEqual(['traceparent', traceparentOf(send)]);
  });

  it('passes on that a trace is not sampled, and records nothing', async () => {
    spans = recordSpans({ sampler: new AlwaysOffSampler() });
    const { publish } = await bench.start({ bus: { tracing: true }, controllers: [Numbers] });
    await publish('ada');
    await handled.opened;
    const [first, next] = [await traceparent(bench.topic), await traceparent('next')];
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(next).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(next.slice(0, 35)).toBe(first.slice(0, 35));
    expect(spans.all()).toEqual([]);
  });

  it.each([
    [true, 0],
    ['link', 1],
  ] as const)('with %j, makes %d spans for a delivery whose publisher did not sample it', async (tracing, count) => {
    spans = recordSpans();
    const traceparent = Buffer.from(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`);
    const headers = [['traceparent', traceparent]] as const;
    const record = { topic: bench.topic, key: null, value: null, headers };
    await bench.withBackend((backend) => backend.publish([record, { ...record, headers: [] }]));
    await bench.start({ bus: { tracing }, controllers: [Numbers] });
    await until(async () => (await bench.behind()) === 0, { withinMs: 10_000, what: 'both records to be settled' });
    await spans.ended('process hybrid', count + 1);
    expect(spans.all()).toHaveLength(count + 1);
  });

  it('with `link`, begins a trace for each delivery, and links it to the publish', async () => {
    spans = recordSpans();
    const { publish } = await bench.start({ bus: { tracing: 'link' }, controllers: [Numbers] });
    await publish('ada');
    const [process] = await spans.ended('process hybrid');
    const [send] = spans.named('send hybrid');
    expect(process?.parentSpanContext).toBeUndefined();
    expect(process?.spanContext().traceId).not.toBe(send?.spanContext().traceId);
    expect(process?.links.map(({ context: { spanId } }) => spanId)).toEqual([send?.spanContext().spanId]);
    expect(await traceparent('next')).toContain(process?.spanContext().traceId);
  });

  it('begins a trace for a replay, and links it to the publish', async () => {
    spans = recordSpans();
    const first = await bench.start({ bus: { tracing: true }, controllers: [Numbers] });
    await first.publish('ada');
    await spans.ended('process hybrid');
    await first.app.close();
    await bench.withBackend((backend) => backend.move(bench.topic, bench.group, 'start'));
    await bench.start({ bus: { tracing: true }, controllers: [Numbers] });
    const [, replay] = await spans.ended('process hybrid', 2);
    const [send] = spans.named('send hybrid');
    expect(replay?.attributes['event_bus.replay']).toBe(true);
    expect(replay?.parentSpanContext).toBeUndefined();
    expect(replay?.links.map(({ context: { spanId } }) => spanId)).toEqual([send?.spanContext().spanId]);
  });

  it('continues with a trace that begins without the bus, and its state', async () => {
    spans = recordSpans();
    const traceId = 'a'.repeat(32);
    const headers = [
      ['ce_type', 'test.unhandled.v1'],
      ['ce_id', '3f2b1c9e-8d4a-4f6b-9a7c-0e5d2f1b8a6c'],
      ['traceparent', `00-${traceId}-${'b'.repeat(16)}-01`],
      ['tracestate', 'other=1'],
    ].map(([name = '', value = '']) => [name, Buffer.from(value)] as const);
    await bench.withBackend((backend) =>
      backend.publish([{ topic: bench.topic, key: null, value: Buffer.of(0), headers }]),
    );
    await bench.start({ bus: { tracing: true }, controllers: [Numbers] });
    const [process] = await spans.ended('process hybrid');
    expect(process?.spanContext()).toMatchObject({ traceId });
    expect(process?.spanContext().traceState?.serialize()).toBe('other=1');
    expect(process?.attributes).toMatchObject({
      'event_bus.outcome': 'unhandled',
      'messaging.message.id': '3f2b1c9e-8d4a-4f6b-9a7c-0e5d2f1b8a6c',
    });
  });

  it.each(['', 'garbage', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`])(
    'takes no harm from the header traceparent: %j',
    async (text) => {
      spans = recordSpans();
      const headers = [['traceparent', Buffer.from(text)]] as const;
      await bench.withBackend((backend) => backend.publish([{ topic: bench.topic, key: null, value: null, headers }]));
      await bench.start({ bus: { tracing: true }, controllers: [Numbers] });
      const [process] = await spans.ended('process hybrid');
      expect(process?.parentSpanContext).toBeUndefined();
      expect(process?.attributes['event_bus.outcome']).toBe('tombstone');
    },
  );

  it('hides the calls of the broker’s client from other instrumentations, but not those of handlers', async () => {
    spans = recordSpans();
    const suppressed: boolean[] = [];
    await bench.withBackend(async (own) => {
      const backend: Backend = Object.assign(Object.create(own) as Backend, {
        name: 'own',
        publish: (...given: Parameters<Backend['publish']>) => {
          suppressed.push(isTracingSuppressed(context.active()));
          return own.publish(...given);
        },
      });
      const { publish, app } = await bench.start({ bus: { tracing: true, backend }, controllers: [Numbers] });
      await publish('ada');
      await handled.opened;
      await app.close();
      expect(suppressed).toEqual([true, true]);
      expect(spans?.named('send hybrid')[0]?.attributes['messaging.system']).toBe('own');
      expect(isHandlerSuppressed).toBe(false);
    });
  });

  it('records why a publish failed', async () => {
    spans = recordSpans();
    await bench.withBackend(async (own) => {
      const backend: Backend = Object.assign(Object.create(own) as Backend, {
        publish: () => Promise.reject(new UnavailableError('no room')),
      });
      const { publish, app } = await bench.start({ bus: { tracing: true, backend }, controllers: [Numbers] });
      await trace.getTracer('test').startActiveSpan('request', async (request) => {
        await expect(publish('ada')).rejects.toThrow(PublishError);
        request.end();
      });
      await app.close();
      expect(spans?.named('send hybrid')[0]).toMatchObject({
        status: { message: 'no room' },
        attributes: { 'error.type': 'UnavailableError' },
        events: [{ name: 'exception' }],
      });
    });
  });
});
