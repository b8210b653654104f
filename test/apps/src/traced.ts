// A service with OpenTelemetry's SDK. With COUNT it publishes that many numbered events to TOPIC, each in a span of its
// own, and ends; otherwise it consumes. It prints each span that ends.
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { EventBus, EventBusContext, EventBusModule, OnEvent, runConsumer, UnrecoverableError } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const { TOPIC: topic = '', COUNT: count } = process.env;

function print(span: ReadableSpan): void {
  const { name, kind, attributes, status, parentSpanContext } = span;
  const { traceId, spanId } = span.spanContext();
  const parentId = parentSpanContext?.spanId;
  const links = span.links.map((link) => link.context.spanId);
  const events = span.events.map((event) => event.name);
  const printed = { name, kind, traceId, spanId, parentId, links, attributes, events, status: status.code };
  console.log(`SPAN ${JSON.stringify(printed)}`);
}

const done = () => Promise.resolve();
trace.setGlobalTracerProvider(
  new BasicTracerProvider({
    spanProcessors: [{ onStart: () => undefined, onEnd: print, forceFlush: done, shutdown: done }],
  }),
);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());

@Controller()
class TracedController {
  @OnEvent(NUMBERED)
  handle(@Payload() { number }: Numbered, @Ctx() { attempt }: EventBusContext): void {
    if (number.seq === 1 && attempt === 1) throw new Error('once');
    if (number.seq === 2) throw new UnrecoverableError('never');
  }
}

const bus = EventBusModule.forRoot({ events: [NUMBERED] });

@Module({ imports: [bus], controllers: [TracedController] })
class TracedModule {}

@Module({ imports: [bus] })
class PublishingModule {}

if (count === undefined) await runConsumer(TracedModule);
else {
  const app = await NestFactory.createApplicationContext(PublishingModule, { abortOnError: false });
  for (let seq = 0; seq < Number(count); seq += 1) {
    await trace.getTracer('test').startActiveSpan('request', async (span) => {
      await app.get(EventBus).publish(NUMBERED, { number: { key: 'k', seq, note: null } }, { topic });
      span.end();
    });
  }
  await app.close();
}
