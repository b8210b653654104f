// A consumer whose handler writes a line to the file HISTORY for every call. An event with the note `fatal` kills its
// process.
import { appendFileSync } from 'node:fs';
import { Controller, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventBusContext, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const history = process.env['HISTORY'] ?? '/dev/null';

@Controller()
class MortalController {
  @OnEvent(NUMBERED)
  handle(@Payload() { number }: Numbered, @Ctx() context: EventBusContext): void {
    const { key, seq, note } = number;
    appendFileSync(history, `${JSON.stringify({ id: context.metadata.id, key, seq, member: process.pid })}\n`);
    if (note === 'fatal') process.kill(process.pid, 'SIGKILL');
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [MortalController] })
class MortalModule {}

await runConsumer(MortalModule);
