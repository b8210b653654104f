// A consumer whose handler writes a line to the file HISTORY for every event and marks replays. It halts before the
// event HALT_AT.
import { appendFileSync } from 'node:fs';
import { Controller, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventBusContext, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const history = process.env['HISTORY'] ?? '/dev/null';
const haltAt = Number(process.env['HALT_AT'] ?? -1);

@Controller()
class ReplayController {
  @OnEvent(NUMBERED, { attempts: 1, onFailure: 'halt' })
  record(@Payload() { number: { seq } }: Numbered, @Ctx() { isReplay }: EventBusContext): void {
    if (seq === haltAt) throw new Error(`halts before ${seq}`);
    appendFileSync(history, `${seq}${isReplay ? ' again' : ''}\n`);
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [ReplayController] })
class ReplayModule {}

await runConsumer(ReplayModule);
