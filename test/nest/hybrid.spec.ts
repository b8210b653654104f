import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Module,
  type NestInterceptor,
  type Type as NestType,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { IsInt, Max, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { EMPTY, type Observable, of, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  connectConsumer,
  EventBus,
  EventBusContext,
  EventBusModule,
  type EventBusStrategy,
  OnEvent,
} from 'nest-event-bus';
import { until } from 'nest-event-bus/testing';
import { NUMBERED, type Numbered } from '../apps/src/events.js';

const seen: string[] = [];

class Guard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const data = context.switchToRpc().getData<Numbered>();
    return data.number.key !== 'forbidden';
  }
}

class Timing implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    seen.push('interceptor');
    return next.handle();
  }
}

@Catch(RangeError)
class Forgive implements ExceptionFilter {
  catch(error: RangeError, host: ArgumentsHost): Observable<never> {
    seen.push(`filter ${host.getType()}: ${error.message}`);
    return EMPTY;
  }
}

class NumberDto {
  @IsInt()
  @Max(10)
  seq!: number;
}

class NumberedDto {
  @ValidateNested()
  @Type(() => NumberDto)
  number!: NumberDto;
}

@Controller()
class Handlers {
  @Get('health')
  health(): string {
    return 'fine';
  }

  @UseGuards(Guard)
  @UseInterceptors(Timing)
  @OnEvent(NUMBERED, { attempts: 1 })
  guarded(@Payload() data: Numbered, @Ctx() context: EventBusContext): void {
    seen.push(
      `guarded ${data.number.key} ${context.metadata.type} ${context.attempt} ${String(context.isReplay)} ${String(context.key)}`,
    );
  }

  @UseFilters(Forgive)
  @OnEvent(NUMBERED, { attempts: 1 })
  forgiven(@Payload('number') number: Numbered['number']): Observable<never> {
    return throwError(() => new RangeError(number.key));
  }

  @OnEvent(NUMBERED, { attempts: 5, delayMs: 1 })
  checked(@Payload() data: NumberedDto): Observable<string> {
    seen.push(`checked ${data.constructor.name}`);
    return of('done');
  }
}

describe('A hybrid application', () => {
  let folder: string;
  let close: () => Promise<void> = () => Promise.resolve();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'event-bus-hybrid-'));
    seen.length = 0;
  });
  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function started({
    controllers = [],
    transport = false,
  }: { controllers?: NestType[]; transport?: boolean } = {}): Promise<{
    bus: EventBus;
    url: string;
    strategy: EventBusStrategy;
  }> {
    @Module({
      imports: [
        EventBusModule.forRoot({
          embeddedPath: join(folder, 'bus.db'),
          events: [NUMBERED],
          eventModules: [],
          retryDelay: 0.001,
        }),
      ],
      controllers: [Handlers, ...controllers],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
    close = () => app.close();
    if (transport) app.connectMicroservice({ transport: Transport.TCP, options: { port: 0 } });
    const strategy = connectConsumer(app, { topic: 'hybrid', group: 'g', from: 'earliest' });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    return { bus: app.get(EventBus), url: await app.getUrl(), strategy };
  }

  const published = (bus: EventBus, key: string, seq = 1) =>
    bus.publish(NUMBERED, { number: { key, seq, note: null } }, { topic: 'hybrid' });

  it('serves HTTP and handles events, with guards, interceptors, filters and pipes of its own', async () => {
    const { bus, url } = await started();
    await expect((await fetch(`${url}/health`)).text()).resolves.toBe('fine');
    await published(bus, 'ada');
    await until(() => seen.length >= 4, { withinMs: 10_000, what: () => `four lines, there are ${seen.join(', ')}` });
    expect([...seen].sort()).toEqual([
      'checked NumberedDto',
      'filter rpc: ada',
      'guarded ada test.numbered.v1 1 false ada',
      'interceptor',
    ]);
  });

  it('sets aside what a guard refuses or what does not fit the class that a handler takes, without trying again', async () => {
    const { bus } = await started();
    await published(bus, 'forbidden', 11);
    const letters = 'hybrid-g-dead-letters';
    const cause = async () => {
      const { embedded } = await import('nest-event-bus/embedded');
      const backend = embedded({ path: join(folder, 'bus.db') });
      try {
        for await (const { headers } of backend.read(letters)) {
          return Object.fromEntries(headers.map(([name, value]) => [name, Buffer.from(value ?? []).toString()]));
        }
      } catch {
        return undefined;
      } finally {
        await backend.close();
      }
      return undefined;
    };
    let found: Record<string, string> | undefined;
    await until(async () => (found = await cause()) !== undefined, { withinMs: 10_000, what: 'the dead letter' });
    expect(found?.['dead_letter_handlers']).toBe('Handlers.guarded,Handlers.checked');
    expect(found?.['dead_letter_attempts']).toBe('1');
    expect(found?.['dead_letter_error']).toMatch(
      /Handlers.guarded: Forbidden resource; Handlers.checked: The data does not fit NumberedDto: number.seq: max/,
    );
  });

  it('leaves handlers of other transports alone', async () => {
    @Controller()
    class Sums {
      @MessagePattern('sum')
      sum(@Payload() numbers: number[]): number {
        return numbers.reduce((sum, number) => sum + number, 0);
      }
    }
    const { bus } = await started({ controllers: [Sums], transport: true });
    await published(bus, 'ada');
    await until(() => seen.length >= 4, { withinMs: 10_000, what: 'the event to be handled' });
  });

  it('stops cleanly', async () => {
    const { strategy } = await started();
    await close();
    close = () => Promise.resolve();
    await expect(strategy.ended).resolves.toBeUndefined();
  });
});
