// A consumer with two handlers of one event. One of them always fails. It prints calls as `CALL <handler> <seq>
// attempt=<n>`.
import { Controller, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventBusContext, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

@Controller()
class PairController {
  @OnEvent(NUMBERED)
  good(@Payload() { number }: Numbered, @Ctx() context: EventBusContext): void {
    console.log(`CALL good ${number.seq} attempt=${context.attempt}`);
  }

  @OnEvent(NUMBERED)
  bad(@Payload() { number }: Numbered, @Ctx() context: EventBusContext): void {
    console.log(`CALL bad ${number.seq} attempt=${context.attempt}`);
    if (number.note !== 'fine') throw new RangeError('the printer is on fire');
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [PairController] })
class PairModule {}

await runConsumer(PairModule);
