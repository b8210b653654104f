// A consumer with global enhancers of each kind, registered by provider and by `configure`. Each prints a line. The
// handler fails.
import {
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Module,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { EventBusModule, OnEvent, runConsumer } from 'nest-event-bus';
import { type Observable, throwError } from 'rxjs';
import { NUMBERED, type Numbered } from './events.js';

@Catch()
class Filter implements ExceptionFilter {
  catch(error: Error): Observable<never> {
    console.log(`FILTER ${error.message}`);
    return throwError(() => error);
  }
}

class Guard implements CanActivate {
  constructor(private readonly name = 'provided') {}

  canActivate(): boolean {
    console.log(`GUARD ${this.name}`);
    return true;
  }
}

class Interceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    console.log('INTERCEPTOR');
    return next.handle();
  }
}

class Pipe implements PipeTransform {
  transform(value: unknown): unknown {
    console.log('PIPE');
    return value;
  }
}

@Controller()
class EnhancedController {
  @OnEvent(NUMBERED)
  handle(@Payload() { number }: Numbered): void {
    console.log('HANDLER');
    throw new Error(`${number.key} is on fire`);
  }
}

@Module({
  imports: [EventBusModule.forRoot({ events: [NUMBERED] })],
  controllers: [EnhancedController],
  providers: [
    { provide: APP_FILTER, useClass: Filter },
    { provide: APP_GUARD, useValue: new Guard() },
    { provide: APP_INTERCEPTOR, useClass: Interceptor },
    { provide: APP_PIPE, useClass: Pipe },
  ],
})
class EnhancedModule {}

await runConsumer(EnhancedModule, { configure: (app) => void app.useGlobalGuards(new Guard('configured')) });
