// A consumer that logs with nestjs-pino. With SPAN it publishes one event to TOPIC in a span, before it consumes. Its
// handler fails for the key `bad`.
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { EventBus, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { Logger, LoggerModule } from 'nestjs-pino';
import { NUMBERED, type Numbered } from './events.js';

context.setGlobalContextManager(new AsyncLocalStorageContextManager());
const span = trace.wrapSpanContext({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 });

@Controller()
class PinoController {
  @OnEvent(NUMBERED, { attempts: 1 })
  handle(@Payload() { number }: Numbered): void {
    if (number.key === 'bad') throw new Error('the key is bad');
  }
}

@Module({
  imports: [LoggerModule.forRoot(), EventBusModule.forRoot({ events: [NUMBERED] })],
  controllers: [PinoController],
})
class PinoModule {}

await runConsumer(PinoModule, {
  bufferLogs: true,
  configure: async (app) => {
    app.useLogger(app.get(Logger));
    if (process.env['SPAN'] === undefined) return;
    const publish = () =>
      app
        .get(EventBus)
        .publish(NUMBERED, { number: { key: 'k', seq: 1, note: null } }, { topic: process.env['TOPIC'] ?? '' });
    await context.with(trace.setSpan(context.active(), span), publish);
  },
});
