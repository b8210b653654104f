import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { EventBusContext, OnEvent } from 'nest-event-bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED, type Numbered } from '../apps/src/events.js';
import { type HybridBench, hybridBench } from '../support/hybrid.js';
import { recordSpans, type Spans } from '../support/spans.js';

let handle: (data: Numbered, context: EventBusContext) => unknown;

@Controller()
class Numbers {
  @OnEvent(NUMBERED)
  async onNumber(@Payload() data: Numbered, @Ctx() context: EventBusContext): Promise<void> {
    await handle(data, context);
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
  const start = () => bench.start({ bus: { tracing: true }, controllers: [Numbers] });

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
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'hybrid',
        'cloudevents.event_type': 'test.numbered.v1',
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
});
