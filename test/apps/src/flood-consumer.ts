// A consumer of many events. It counts their numbers in memory, takes HANDLER_MS for each, and writes the counts to
// SEEN.
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';
import { Seen, tellMemory } from './flood.js';

const handlerMs = Number(process.env['HANDLER_MS'] ?? 0);
const seen = new Seen();

@Controller()
class FloodController {
  @OnEvent(NUMBERED)
  async handle(@Payload() { number }: Numbered): Promise<void> {
    if (handlerMs > 0) await new Promise((resolve) => setTimeout(resolve, handlerMs));
    seen.add(number.seq);
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [FloodController] })
class FloodModule {}

tellMemory(() => seen.count);
process.once('exit', () => seen.save());
await runConsumer(FloodModule);
