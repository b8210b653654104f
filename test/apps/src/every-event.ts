// A consumer that handles every Open edX event. It prints the handler's arguments as `HANDLED {"metadata", "data"}`,
// with big integers as text.
import { Controller, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventBusContext, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { OPENEDX_EVENTS } from 'openedx-events';

@Controller()
class EveryEventController {
  @OnEvent(OPENEDX_EVENTS.map(({ type }) => type))
  handle(@Payload() data: unknown, @Ctx() { metadata }: EventBusContext): void {
    console.log(`HANDLED ${JSON.stringify({ metadata, data }, bigIntAsText)}`);
  }
}

function bigIntAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

@Module({ imports: [EventBusModule.forRoot()], controllers: [EveryEventController] })
class EveryEventModule {}

await runConsumer(EveryEventModule);
