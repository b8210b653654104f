// A hybrid application: a web server and a consumer of TOPIC for GROUP. Its handler takes HANDLER_MS and uses a pool.
//
// - One provider closes the pool in onModuleDestroy. The beforeApplicationShutdown of another provider takes HOOK_MS.
// - Handlers write the lines of test/apps/src/fault-consumer.ts to HISTORY.
// - With PUBLISH_AT_START it publishes one event as soon as its microservices have started.
import { appendFileSync } from 'node:fs';
import {
  type BeforeApplicationShutdown,
  Controller,
  Get,
  Injectable,
  Module,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { connectConsumer, EventBus, EventBusContext, EventBusModule, OnEvent } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const { TOPIC: topic = '', GROUP: group = '', HISTORY: history = '/dev/null' } = process.env;
const handlerMs = Number(process.env['HANDLER_MS'] ?? 0);
const hookMs = Number(process.env['HOOK_MS'] ?? 0);
const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

@Injectable()
class Pool implements OnModuleInit, OnModuleDestroy {
  #isOpen = false;

  onModuleInit(): void {
    console.log('POOL OPENS');
    this.#isOpen = true;
  }

  onModuleDestroy(): void {
    console.log('POOL CLOSES');
    this.#isOpen = false;
  }

  async query(): Promise<void> {
    this.#check();
    await pass(handlerMs);
    this.#check();
  }

  #check(): void {
    if (!this.#isOpen) throw new Error('the pool is closed');
  }
}

@Injectable()
class SlowToEnd implements BeforeApplicationShutdown {
  async beforeApplicationShutdown(): Promise<void> {
    await pass(hookMs);
    console.log('HOOK ENDS');
  }
}

@Controller()
class HybridController {
  constructor(private readonly pool: Pool) {}

  @Get('health')
  health(): string {
    return 'fine';
  }

  @OnEvent(NUMBERED)
  async handle(
    @Payload() { number }: Numbered,
    @Ctx() { metadata, attempt, isReplay }: EventBusContext,
  ): Promise<void> {
    const write = (what: 'begun' | 'ended') => {
      const line = { what, id: metadata.id, key: number.key, seq: number.seq, attempt, isReplay, member: process.pid };
      appendFileSync(history, `${JSON.stringify({ ...line, at: Date.now() })}\n`);
    };
    write('begun');
    await this.pool.query();
    write('ended');
  }
}

@Module({
  imports: [EventBusModule.forRoot({ events: [NUMBERED] })],
  controllers: [HybridController],
  providers: [Pool, SlowToEnd],
})
class HybridModule {}

const app = await NestFactory.create(HybridModule, { abortOnError: false });
app.enableShutdownHooks();
const strategy = connectConsumer(app, { topic, group });
await app.startAllMicroservices();
if (process.env['PUBLISH_AT_START'] !== undefined)
  await app.get(EventBus).publish(NUMBERED, { number: { key: 'first', seq: 0, note: null } }, { topic });
await app.listen(0, '127.0.0.1');
console.log('LISTENING');
await strategy.ready;
console.log('READY');
