// A consumer with a faulty hook. HOOK is the hook, WAY is `rejects` or `hangs`.
import { Controller, Module } from '@nestjs/common';
import { EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED } from './events.js';

const { HOOK: hook = '', WAY: way = '' } = process.env;

const misbehave = () =>
  way === 'hangs'
    ? new Promise(() => setInterval(() => undefined, 1_000))
    : Promise.reject(new Error(`${hook} failed`));

@Controller()
class StubbornController {
  @OnEvent(NUMBERED)
  handle(): void {
    console.log('HANDLED');
  }
}

@Module({
  imports: [EventBusModule.forRoot({ events: [NUMBERED] })],
  controllers: [StubbornController],
  providers: [{ provide: 'stubborn', useValue: { [hook]: misbehave } }],
})
class StubbornModule {}

await runConsumer(StubbornModule);
