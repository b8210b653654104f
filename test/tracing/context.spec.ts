import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as pass } from 'node:timers/promises';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  type NestInterceptor,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { trace } from '@opentelemetry/api';
import { EventBus, OnEvent } from 'nest-event-bus';
import { defer, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED, type Numbered } from '../apps/src/events.js';
import { type HybridBench, hybridBench } from '../support/hybrid.js';
import { recordSpans, type Spans } from '../support/spans.js';

const EVENTS = 51;
const store = new AsyncLocalStorage<string>();
const seen: { readonly key: string; readonly where: string; readonly spanId: string | undefined }[] = [];

function see(key: string, where: string): void {
  seen.push({ key, where, spanId: trace.getActiveSpan()?.spanContext().spanId });
}

class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { key } = context.switchToRpc().getData<Numbered>().number;
    see(key, 'guard');
    store.enterWith(key);
    return true;
  }
}

class Interceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { key } = context.switchToRpc().getData<Numbered>().number;
    see(key, 'interceptor');
    return defer(() => next.handle());
  }
}

@Controller()
@UseGuards(Guard)
@UseInterceptors(Interceptor)
class Numbers {
  constructor(private readonly bus: EventBus) {}

  @OnEvent(NUMBERED)
  async onNumber(@Payload() data: Numbered): Promise<void> {
    const { key, seq } = data.number;
    see(key, 'handler');
    for (let n = 0; n < seq % 5; n += 1) await pass();
    see(key, 'handler, later');
    await this.bus.publish(NUMBERED, data, { topic: 'next' });
  }
}

describe('The context of a span', () => {
  let bench: HybridBench;
  let spans: Spans;
  beforeEach(() => {
    seen.length = 0;
    bench = hybridBench();
    spans = recordSpans();
  });
  afterEach(async () => {
    await bench.clear();
    await spans.remove();
  });

  it.each([
    ['partition', 1],
    ['key', 4],
    ['none', 4],
  ] as const)(
    'is that of its own event in guards, interceptors and handlers: ordering %s, concurrency %d',
    async (ordering, concurrency) => {
      const { publish } = await bench.start({
        bus: { tracing: true, ordering, concurrency },
        controllers: [Numbers],
      });
      // Nobody's span is active here: each event is a trace of its own.
      for (let n = 0; n < EVENTS; n += 1) await publish(`k${n}`, n);
      const processed = await spans.ended('process hybrid', EVENTS);
      const byId = new Map(spans.all().map((span) => [span.spanContext().spanId, span]));
      expect(new Set(spans.all().map((span) => span.spanContext().traceId)).size).toBe(EVENTS);
      for (const process of processed) {
        const { traceId, spanId } = process.spanContext();
        const own = spans.all().filter((span) => span.spanContext().traceId === traceId);
        expect(own.map(({ name }) => name).sort()).toEqual([
          'Numbers.onNumber',
          'process hybrid',
          'send hybrid',
          'send next',
        ]);
        const handler = own.find(({ name }) => name === 'Numbers.onNumber');
        const next = own.find(({ name }) => name === 'send next');
        expect(handler?.parentSpanContext?.spanId).toBe(spanId);
        expect(next?.parentSpanContext?.spanId).toBe(handler?.spanContext().spanId);
      }
      for (let n = 0; n < EVENTS; n += 1) {
        const own = seen.filter(({ key }) => key === `k${n}`);
        expect(own.map(({ where }) => where)).toEqual(['guard', 'interceptor', 'handler', 'handler, later']);
        expect(new Set(own.map(({ spanId }) => spanId)).size).toBe(1);
        expect(byId.get(own[0]?.spanId ?? '')?.name).toBe('Numbers.onNumber');
      }
    },
  );
});
