// A consumer whose guard enters an async context for each event, as nestjs-cls and tracers do. Its handler enters
// another. Each call prints the context that its guard found.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type CanActivate, Controller, type ExecutionContext, Injectable, Module, UseGuards } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EventBusContext, EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED, type Numbered } from './events.js';

const store = new AsyncLocalStorage<string>();

@Injectable()
class Entering implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { key, seq } = context.switchToRpc().getData<Numbered>().number;
    console.log(`FOUND ${store.getStore() ?? 'nothing'}`);
    store.enterWith(`${key} ${seq}`);
    return true;
  }
}

@Controller()
@UseGuards(Entering)
class ContextController {
  @OnEvent(NUMBERED, { attempts: 2 })
  async handle(@Payload() { number }: Numbered, @Ctx() { attempt }: EventBusContext): Promise<void> {
    const { key, seq } = number;
    await new Promise((resolve) => setTimeout(resolve, seq % 3));
    const here = store.getStore();
    if (here !== `${key} ${seq}`) console.log(`LOST ${String(here)}`);
    store.enterWith('handler');
    if (seq === 1 && attempt === 1) throw new Error('once');
  }

  @OnEvent(NUMBERED)
  other(): void {
    store.enterWith('other');
  }
}

@Module({ imports: [EventBusModule.forRoot({ events: [NUMBERED] })], controllers: [ContextController] })
class ContextModule {}

await runConsumer(ContextModule);
