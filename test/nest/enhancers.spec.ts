import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  type Type,
  UseFilters,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { BaseRpcExceptionFilter, Payload, RpcException } from '@nestjs/microservices';
import { OnEvent, type OnEventOptions, UnrecoverableError } from 'nest-event-bus';
import { until } from 'nest-event-bus/testing';
import { EMPTY, type Observable, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED, type Numbered } from '../apps/src/events.js';
import { type HybridBench, hybridBench, type HybridParts } from '../support/hybrid.js';

describe('Global enhancers of a hybrid application', () => {
  let bench: HybridBench;
  let told: string[];
  beforeEach(() => {
    bench = hybridBench();
    told = [];
  });
  afterEach(() => bench.clear());

  /** A controller whose handler always fails with this error. */
  function failingWith(error: unknown, options: OnEventOptions = { attempts: 2 }): Type {
    @Controller()
    class Handlers {
      @OnEvent(NUMBERED, options)
      handle(): void {
        told.push('handler');
        throw error;
      }
    }
    return Handlers;
  }

  /** A catch-all filter that records its calls and then runs `then`. */
  function filter(then: (error: unknown, host: ArgumentsHost) => unknown): Type<ExceptionFilter> {
    @Catch()
    class Telling implements ExceptionFilter {
      catch(error: unknown, host: ArgumentsHost): unknown {
        told.push(`filter ${host.getType()}: ${String(error)}`);
        return then(error, host);
      }
    }
    return Telling;
  }

  /** Publishes one event and waits until it is settled. Resolves with the cause in its dead letter, if there is one. */
  async function handled(parts: HybridParts): Promise<Readonly<Record<string, string>> | undefined> {
    const { publish } = await bench.start(parts);
    await publish('ada');
    const isSettled = async () => (await bench.behind()) === 0;
    await until(isSettled, { withinMs: 10_000, what: 'the event to be settled' });
    const [letter] = await bench.deadLetters();
    return letter;
  }

  @Catch()
  class NestsOwn extends BaseRpcExceptionFilter {}

  const TELLING: readonly (readonly [string, (error: unknown, host: ArgumentsHost) => unknown])[] = [
    ['rethrows', (error) => throwError(() => error)],
    [
      'throws',
      (error) => {
        throw error;
      },
    ],
    ['wraps', (error) => throwError(() => new RpcException(String(error)))],
    ['answers as Nest does', (error, host) => new NestsOwn().catch(error, host)],
    ['returns nothing, as filters for HTTP do', () => undefined],
    ['returns nothing later', () => Promise.resolve()],
    [
      'answers over HTTP and so crashes',
      (_, host) => host.switchToHttp().getResponse<{ status: (code: number) => unknown }>().status(500),
    ],
  ];

  it.each(TELLING)(
    'a filter that %s hears of every attempt, and the bus knows the handler’s own error',
    async (_, then) => {
      const letter = await handled({
        controllers: [failingWith(new RangeError('no such learner'))],
        providers: [{ provide: APP_FILTER, useClass: filter(then) }],
      });
      expect(told).toEqual(Array(2).fill(['handler', 'filter rpc: RangeError: no such learner']).flat());
      expect(letter).toMatchObject({
        dead_letter_error: 'Handlers.handle: no such learner',
        dead_letter_attempts: '2',
      });
    },
  );

  it('an error that says that it is permanent keeps saying so, whatever a filter makes of it', async () => {
    const letter = await handled({
      controllers: [failingWith(new UnrecoverableError('never'), { attempts: 5 })],
      providers: [{ provide: APP_FILTER, useClass: filter(() => throwError(() => new Error('other'))) }],
    });
    expect(told.filter((line) => line === 'handler')).toHaveLength(1);
    expect(letter?.['dead_letter_error']).toBe('Handlers.handle: never');
  });

  it('a filter may say itself that an error is permanent, and that a failure is dealt with', async () => {
    const permanent = filter(() => throwError(() => new UnrecoverableError('the learner was removed')));
    const letter = await handled({
      controllers: [failingWith(new Error('404'), { attempts: 5 })],
      providers: [{ provide: APP_FILTER, useClass: permanent }],
    });
    expect(told.filter((line) => line === 'handler')).toHaveLength(1);
    expect(letter?.['dead_letter_error']).toBe('Handlers.handle: the learner was removed');
    await bench.clear();

    bench = hybridBench();
    const settling = { provide: APP_FILTER, useClass: filter(() => EMPTY) };
    await expect(
      handled({ controllers: [failingWith(new Error('no'))], providers: [settling] }),
    ).resolves.toBeUndefined();
  });

  it('a filter of a handler comes before those of the application, of which one may be made for the request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class OfRequest extends filter((error) => throwError(() => error)) {}
    Catch()(OfRequest);
    @Controller()
    class Handlers {
      @UseFilters(filter((error) => throwError(() => error)))
      @OnEvent(NUMBERED, { attempts: 1 })
      own(): void {
        throw new Error('of the handler');
      }

      @OnEvent(NUMBERED, { attempts: 1 })
      other(): void {
        throw new Error('of the request');
      }
    }
    const letter = await handled({
      controllers: [Handlers],
      providers: [{ provide: APP_FILTER, useClass: OfRequest }],
    });
    expect(told.toSorted()).toEqual(['filter rpc: Error: of the handler', 'filter rpc: Error: of the request']);
    expect(letter?.['dead_letter_error']).toBe('Handlers.own: of the handler; Handlers.other: of the request');
  });

  it('a filter that fails hides no error of a provider of the request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Broken {
      constructor() {
        throw new Error('no connection for this request');
      }
    }
    @Controller()
    class Handlers {
      constructor(readonly broken: Broken) {}

      @OnEvent(NUMBERED, { attempts: 1 })
      handle(): void {}
    }
    const letter = await handled({
      controllers: [Handlers],
      providers: [Broken, { provide: APP_FILTER, useClass: filter(() => undefined) }],
    });
    expect(letter?.['dead_letter_error']).toBe('Handlers.handle: no connection for this request');
  });

  describe('guards, interceptors and pipes', () => {
    /** One enhancer of each kind, by provider and by `useGlobal…()` after the consumer was connected. */
    function enhanced(inheritAppConfig: boolean | undefined): HybridParts {
      class Guard implements CanActivate {
        constructor(private readonly name = 'provided') {}
        canActivate(context: ExecutionContext): boolean {
          return told.push(`${this.name} guard ${context.getType()}`) > 0;
        }
      }
      class Interceptor implements NestInterceptor {
        constructor(private readonly name = 'provided') {}
        intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
          told.push(`${this.name} interceptor`);
          return next.handle();
        }
      }
      class Pipe implements PipeTransform {
        constructor(private readonly name = 'provided') {}
        transform(value: unknown): unknown {
          told.push(`${this.name} pipe`);
          return value;
        }
      }
      @Controller()
      class Handlers {
        @OnEvent(NUMBERED, { attempts: 1 })
        handle(@Payload('number') { key }: Numbered['number']): void {
          told.push(key);
          throw new Error('no');
        }
      }
      const rethrow = filter((error) => throwError(() => error));
      return {
        controllers: [Handlers],
        providers: [
          { provide: APP_GUARD, useValue: new Guard() },
          { provide: APP_INTERCEPTOR, useValue: new Interceptor() },
          { provide: APP_PIPE, useValue: new Pipe() },
          { provide: APP_FILTER, useClass: rethrow },
        ],
        consume: {
          ...(inheritAppConfig === undefined ? {} : { inheritAppConfig }),
          configure: (microservice) => microservice.useGlobalGuards(new Guard('own')),
        },
        configure: (app) =>
          app
            .useGlobalGuards(new Guard('used'))
            .useGlobalInterceptors(new Interceptor('used'))
            .useGlobalPipes(new Pipe('used')),
      };
    }

    it('do not apply unless they are asked for, for they may be made for HTTP; filters do', async () => {
      await handled(enhanced(undefined));
      expect(told).toEqual(['own guard rpc', 'ada', 'filter rpc: Error: no']);
    });

    it('all apply, before those of the consumer, where the configuration of the application is inherited', async () => {
      await handled(enhanced(true));
      expect(told).toEqual([
        ...['provided guard rpc', 'used guard rpc', 'own guard rpc'],
        ...['provided interceptor', 'used interceptor', 'provided pipe', 'used pipe'],
        ...['ada', 'filter rpc: Error: no'],
      ]);
    });

    it('do not apply, nor filters, where it is not', async () => {
      await handled(enhanced(false));
      expect(told).toEqual(['own guard rpc', 'ada']);
    });
  });
});
