import { Controller, type DynamicModule, forwardRef, Inject, Module } from '@nestjs/common';
import { EventBusModule, OnEvent } from 'nest-event-bus';
import { NUMBERED, UNHANDLED } from './events.js';

/** Providers of this module cannot be created, so a command that starts the application fails. */
function fail(): never {
  throw new Error('The application was started.');
}

class Counting {
  constructor() {
    fail();
  }

  @OnEvent(NUMBERED)
  count(): void {
    fail();
  }
}

@Controller()
class Inheriting extends Counting {}

@Controller()
class Both {
  constructor(@Inject('nothing') readonly nothing: unknown) {
    fail();
  }

  @OnEvent([NUMBERED, UNHANDLED], { attempts: 1, onFailure: 'skip' })
  both(): void {
    fail();
  }
}

@Controller()
class Late {
  @OnEvent(UNHANDLED.type, { attempts: 7, delayMs: 20, maxDelayMs: 30, onFailure: 'halt' })
  late(): void {
    fail();
  }
}

@Module({ imports: [forwardRef(() => CatalogueModule)], controllers: [Inheriting] })
class CircularModule {}

@Module({ providers: [{ provide: 'nothing', useFactory: fail }] })
class DynamicallyModule {
  static forRoot(): DynamicModule {
    return { module: DynamicallyModule, controllers: [Both] };
  }

  static async forRootLater(): Promise<DynamicModule> {
    await Promise.resolve();
    return { module: DynamicallyModule, imports: [], controllers: [Late] };
  }
}

/** Handlers in all places where Nest finds them, and routes given in code. */
@Module({
  imports: [
    EventBusModule.forRoot({
      topicPrefix: 'dev',
      producerConfig: {
        [NUMBERED.type]: {
          numbers: { event_key_field: 'number.key', enabled: true },
          archive: { event_key_field: 'number.seq', enabled: false },
        },
      },
    }),
    forwardRef(() => CircularModule),
    DynamicallyModule.forRoot(),
    DynamicallyModule.forRootLater(),
  ],
})
export class CatalogueModule {}
