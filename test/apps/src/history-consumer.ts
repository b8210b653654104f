// A consumer whose handler first writes a line to the file HISTORY. The line survives kill -9.
import { appendFileSync } from 'node:fs';
import { Controller, Module } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventBusContext, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const history = process.env['HISTORY'] ?? '/dev/null';
const handlerMs = Number(process.env['HANDLER_MS'] ?? 0);

@Controller()
class HistoryController {
  @OnEvent(NUMBERED)
  async record(@Payload() { number }: Numbered, @Ctx() context: EventBusContext): Promise<void> {
    const { key, seq } = number;
    appendFileSync(history, `${JSON.stringify({ id: context.metadata.id, key, seq, member: process.pid })}\n`);
    if (handlerMs > 0) await new Promise((resolve) => setTimeout(resolve, handlerMs));
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [HistoryController] })
class HistoryModule {}

await runConsumer(HistoryModule);
