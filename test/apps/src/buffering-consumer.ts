// A consumer with a logger of its own, which also gets the lines from before it was there.
import { ConsoleLogger, Controller, Module } from '@nestjs/common';
import { EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { NUMBERED } from './events.js';

class OwnLogger extends ConsoleLogger {
  override log(message: unknown): void {
    console.log(`OWN ${String(message)}`);
  }
}

@Controller()
class Handlers {
  @OnEvent(NUMBERED)
  handle(): void {}
}

@Module({ imports: [EventBusModule.forRoot()], controllers: [Handlers], providers: [OwnLogger] })
class BufferingModule {}

await runConsumer(BufferingModule, { bufferLogs: true, configure: (app) => app.useLogger(app.get(OwnLogger)) });
