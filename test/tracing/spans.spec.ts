import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { EventBusContext, type Notice, OnEvent, UnrecoverableError } from 'nest-event-bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED, type Numbered } from '../apps/src/events.js';
import { type HybridBench, hybridBench, type HybridParts } from '../support/hybrid.js';
import { latch } from '../support/latch.js';
import { recordSpans, type Spans, traceparentOf } from '../support/spans.js';

let handle: (data: Numbered, context: EventBusContext) => unknown;

@Controller()
class Numbers {
  @OnEvent(NUMBERED, { attempts: 3 })
  async onNumber(@Payload() data: Numbered, @Ctx() context: EventBusContext): Promise<void> {
    await handle(data, context);
  }
}

@Controller()
class Others {
  @OnEvent(NUMBERED)
  onOther(): void {
    // Succeeds.
  }
}

describe('The spans of one event', () => {
  let bench: HybridBench;
  let spans: Spans;
  beforeEach(() => {
    handle = () => undefined;
    bench = hybridBench();
    spans = recordSpans();
  });
  afterEach(async () => {
    await bench.clear();
    await spans.remove();
  });
  const start = (parts: HybridParts = {}) => bench.start({ bus: { tracing: true }, controllers: [Numbers], ...parts });

  it('are one for the publish, one for the delivery, and one for the handler, in one trace', async () => {
    const active: (string | undefined)[] = [];
    handle = () => active.push(trace.getActiveSpan()?.spanContext().spanId);
    const { publish } = await start();
    await trace.getTracer('test').startActiveSpan('request', async (request) => {
      await publish('ada');
      request.end();
    });
    const [process] = await spans.ended('process hybrid');
    const [request] = spans.named('request');
    const [send] = spans.named('send hybrid');
    const [handler] = spans.named('Numbers.onNumber');
    expect(send).toMatchObject({
      kind: SpanKind.PRODUCER,
      status: { code: SpanStatusCode.UNSET },
      parentSpanContext: { spanId: request?.spanContext().spanId },
      attributes: {
        'messaging.system': 'embedded',
        'messaging.system.name': 'embedded',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'hybrid',
        'cloudevents.event_type': 'test.numbered.v1',
        'event_bus.position': '0',
      },
    });
    expect(process).toMatchObject({
      kind: SpanKind.CONSUMER,
      status: { code: SpanStatusCode.UNSET },
      parentSpanContext: { spanId: send?.spanContext().spanId, isRemote: true },
      links: [{ context: { spanId: send?.spanContext().spanId } }],
      attributes: {
        'messaging.system': 'embedded',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'hybrid',
        'messaging.consumer.group.name': 'g',
        'messaging.message.id': send?.attributes['messaging.message.id'],
        'cloudevents.event_type': 'test.numbered.v1',
        'event_bus.position': '0',
        'event_bus.outcome': 'handled',
      },
    });
    expect(handler).toMatchObject({
      kind: SpanKind.INTERNAL,
      parentSpanContext: { spanId: process?.spanContext().spanId },
      attributes: { 'code.function.name': 'Numbers.onNumber', 'event_bus.attempt': 1 },
    });
    expect(active).toEqual([handler?.spanContext().spanId]);
    expect(new Set(spans.all().map((span) => span.spanContext().traceId)).size).toBe(1);
  });

  it('have one span for each attempt, with its error, and an event for each retry', async () => {
    handle = (_, { attempt }) => {
      if (attempt < 3) throw new RangeError(`attempt ${attempt}`);
    };
    const { publish } = await start({ controllers: [Numbers, Others] });
    await publish('ada');
    const [process] = await spans.ended('process hybrid');
    expect(
      spans
        .named('Numbers.onNumber')
        .map(({ attributes, status, events }) => [
          attributes['event_bus.attempt'],
          attributes['error.type'],
          status.code,
          events.map(({ name, attributes: of }) => `${name}: ${String(of?.['exception.message'])}`),
        ]),
    ).toEqual([
      [1, 'RangeError', SpanStatusCode.ERROR, ['exception: attempt 1']],
      [2, 'RangeError', SpanStatusCode.ERROR, ['exception: attempt 2']],
      [3, undefined, SpanStatusCode.UNSET, []],
    ]);
    expect(spans.named('Others.onOther')).toHaveLength(1);
    expect(process?.events.map(({ name, attributes }) => [name, attributes?.['event_bus.attempt']])).toEqual([
      ['event_bus.retry', 1],
      ['event_bus.retry', 2],
    ]);
    expect(process).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'event_bus.outcome': 'handled' },
    });
  });

  it('end in a dead letter that carries their trace on', async () => {
    handle = () => {
      throw new UnrecoverableError('never');
    };
    const told = new Map<string, string | undefined>();
    const observe = ({ kind }: Notice) => told.set(kind, trace.getActiveSpan()?.spanContext().spanId);
    const { publish } = await start({ bus: { tracing: true, observe } });
    await publish('ada');
    const [process] = await spans.ended('process hybrid');
    const [send] = spans.named('send hybrid');
    expect(process).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'Numbers.onNumber: never' },
      attributes: { 'event_bus.outcome': 'failed', 'error.type': 'UnrecoverableError' },
      events: [
        {
          name: 'event_bus.dead_letter',
          attributes: { 'messaging.destination.name': 'hybrid-g-dead-letters', 'event_bus.position': '0' },
        },
      ],
    });
    const [letter] = await bench.deadLetters();
    expect(letter?.['traceparent']).toBe(traceparentOf(send));
    // Loggers that add the active span to their lines find it.
    for (const kind of ['received', 'handler-failed', 'dead-lettered'])
      expect([kind, told.get(kind)]).toEqual([kind, process?.spanContext().spanId]);
    // Nothing was sent twice: the letter is written by the bus itself.
    expect(spans.all().map(({ name }) => name)).toEqual(['send hybrid', 'Numbers.onNumber', 'process hybrid']);
  });

  it('name the error of a record that cannot be read', async () => {
    await bench.withBackend((backend) =>
      backend.publish([{ topic: bench.topic, key: null, value: Buffer.of(1), headers: [] }]),
    );
    await start();
    const [process] = await spans.ended('process hybrid');
    expect(process).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      links: [],
      attributes: { 'event_bus.outcome': 'failed', 'error.type': 'UnusableRecordError' },
      events: [{ name: 'exception' }, { name: 'event_bus.dead_letter' }],
    });
    expect(process?.parentSpanContext).toBeUndefined();
  });

  it('end as released when the consumer stops during a retry', async () => {
    const failed = latch();
    handle = () => {
      failed.open();
      throw new Error('later');
    };
    const { publish, app } = await start({ bus: { tracing: true, retryDelay: 60, stopTimeout: 1 } });
    await publish('ada');
    await failed.opened;
    await app.close();
    const [process] = await spans.ended('process hybrid');
    expect(process).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'event_bus.outcome': 'released' },
    });
    expect(process?.events.map(({ name }) => name)).toContain('event_bus.released');
  });

  it('end as abandoned when a handler outlives the stop timeout', async () => {
    const started = latch();
    const ending = latch();
    handle = () => {
      started.open();
      return ending.opened;
    };
    const { publish, app, strategy } = await start({ bus: { tracing: true, stopTimeout: 0.1 } });
    await publish('ada');
    await started.opened;
    await Promise.allSettled([app.close(), strategy.ended]);
    const [process] = await spans.ended('process hybrid');
    expect(process).toMatchObject({
      attributes: { 'event_bus.outcome': 'abandoned' },
      events: [{ name: 'event_bus.abandoned' }],
    });
    ending.open();
    await spans.ended('Numbers.onNumber');
    expect(spans.named('process hybrid')).toHaveLength(1);
  });
});
