// A consumer for tests of its probes. Its handler does what the key of the event says:
//
// - `stuck`: does not end before the file RELEASE exists.
// - `block`: blocks the event loop until the file RELEASE exists.
// - `halt`: fails, with the policy halt.
// - Any other key: takes HANDLER_MS.
import { existsSync } from 'node:fs';
import { Controller, Module } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const release = process.env['RELEASE'] ?? '';
const handlerMs = Number(process.env['HANDLER_MS'] ?? 0);
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

@Controller()
class ProbedController {
  @OnEvent(NUMBERED, { attempts: 1, onFailure: 'halt' })
  async handle(@Payload() { number }: Numbered): Promise<void> {
    if (number.key === 'halt') throw new Error('as asked');
    console.log(`HANDLES ${number.key} ${number.seq}`);
    if (number.key === 'stuck') while (!existsSync(release)) await pass(10);
    else if (number.key === 'block') while (!existsSync(release));
    else await pass(handlerMs);
    console.log(`HANDLED ${number.key} ${number.seq}`);
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [ProbedController] })
class ProbedModule {}

await runConsumer(ProbedModule);
