// A consumer for fault tests. It writes a line to the file HISTORY when a handler starts and when it has ended. Both
// lines survive kill -9. The first word of an event's note is a command: `poison` always fails, `slow:<ms>` takes that
// long.
//
// A member with POINT stops at that point of the first event with the word `mark`. It prints `AT POINT`, and continues
// when the file GO exists.
import { appendFileSync, existsSync } from 'node:fs';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Module,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventBusContext, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const history = process.env['HISTORY'] ?? '/dev/null';
const go = process.env['GO'] ?? '';
const handlerMs = Number(process.env['HANDLER_MS'] ?? 0);
let point = process.env['POINT'];

process.on('SIGTERM', () => console.log('ASKED TO STOP'));

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function stopAt(here: string, note: string): Promise<boolean> {
  if (point !== here || wordOf(note) !== 'mark') return false;
  point = undefined;
  console.log('AT POINT');
  while (!existsSync(go)) await pass(2);
  return true;
}

function wordOf(note: string): string {
  return note.split(' ')[0] ?? '';
}

class BeforeHandler implements NestInterceptor {
  async intercept(context: ExecutionContext, next: CallHandler) {
    const { number } = context.switchToRpc().getData<Numbered>();
    await stopAt('before', number.note ?? '');
    return next.handle();
  }
}

@Controller()
@UseInterceptors(BeforeHandler)
class FaultController {
  @OnEvent(NUMBERED)
  async handle(
    @Payload() { number }: Numbered,
    @Ctx() { metadata, attempt, isReplay }: EventBusContext,
  ): Promise<void> {
    const note = number.note ?? '';
    const write = (what: 'begun' | 'ended') => {
      const line = { what, id: metadata.id, key: number.key, seq: number.seq, attempt, isReplay, member: process.pid };
      appendFileSync(history, `${JSON.stringify({ ...line, at: Date.now() })}\n`);
    };
    write('begun');
    const isMarked = wordOf(note) === 'mark';
    const wasStopped = await stopAt('during', note);
    if (point === 'retry' && isMarked) throw new Error('it fails here for as long as this member lives');
    if (wordOf(note) === 'poison' || (await stopAt('failing', note))) throw new Error('it fails everywhere');
    const ms = wordOf(note).startsWith('slow:') ? Number(wordOf(note).slice(5)) : handlerMs;
    if (ms > 0 && !wasStopped) await pass(ms);
    write('ended');
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [FaultController] })
class FaultModule {}

await runConsumer(FaultModule);
