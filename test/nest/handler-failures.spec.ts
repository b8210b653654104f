import {
  BadRequestException,
  Controller,
  HttpException,
  Injectable,
  ParseIntPipe,
  type PipeTransform,
  Scope,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { Payload, RpcException } from '@nestjs/microservices';
import { IsInt, Max, ValidateNested } from 'class-validator';
import { Type } from 'class-transformer';
import { OnEvent, SettingsError, UnrecoverableError } from 'nest-event-bus';
import { until } from 'nest-event-bus/testing';
import { EMPTY, of, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED, type Numbered } from '../apps/src/events.js';
import { type HybridBench, hybridBench, type HybridParts } from '../support/hybrid.js';

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

/** A pipe that refuses each event with this error. */
function refusing(error: unknown): PipeTransform {
  return {
    transform() {
      throw error;
    },
  };
}

describe('A handler', () => {
  let bench: HybridBench;
  let calls: string[];
  beforeEach(() => {
    bench = hybridBench();
    calls = [];
  });
  afterEach(() => bench.clear());

  /** Publishes one event and waits until it is settled. Resolves with the cause in its dead letter, if there is one. */
  async function handled(parts: HybridParts): Promise<Readonly<Record<string, string>> | undefined> {
    const { publish } = await bench.start(parts);
    await publish('ada', 11);
    const isSettled = async () => (await bench.behind()) === 0;
    await until(isSettled, { withinMs: 10_000, what: 'the event to be settled' });
    const [letter] = await bench.deadLetters();
    return letter;
  }

  describe('whose data a pipe refuses', () => {
    it('is not called, nor tried again, whether the pipe is global, of the method or of the parameter', async () => {
      @Controller()
      class Handlers {
        @OnEvent(NUMBERED.type, { attempts: 4 })
        global(@Payload() data: NumberedDto): void {
          calls.push(`global ${data.number.seq}`);
        }

        @UsePipes(refusing(new BadRequestException('of the method')))
        @OnEvent(NUMBERED, { attempts: 4 })
        method(@Payload() data: Numbered): void {
          calls.push(`method ${data.number.seq}`);
        }

        @OnEvent(NUMBERED.type, { attempts: 4 })
        parameter(@Payload('number', refusing(new RpcException('of the parameter'))) data: unknown): void {
          calls.push(`parameter ${String(data)}`);
        }

        @OnEvent(NUMBERED.type, { attempts: 4 })
        parsed(@Payload('number.key', ParseIntPipe) key: number): void {
          calls.push(`parsed ${key}`);
        }
      }
      const letter = await handled({
        controllers: [Handlers],
        providers: [{ provide: APP_PIPE, useValue: new ValidationPipe() }],
        consume: { inheritAppConfig: true },
      });
      expect(calls).toEqual([]);
      expect(letter).toMatchObject({ dead_letter_attempts: '1', dead_letter_reason: 'handler-failed' });
      expect(letter?.['dead_letter_error']?.split('; Handlers')).toEqual([
        'Handlers.global: A pipe refused the data: number.seq must not be greater than 10',
        '.method: A pipe refused the data: of the method',
        '.parameter: A pipe refused the data: of the parameter',
        '.parsed: A pipe refused the data: Validation failed (numeric string is expected)',
      ]);
    });

    it.each([
      ['a pipe fails for a reason of its own', new Error('the database of the pipe is away')],
      ['a pipe says that a service is away', new HttpException('try later', 503)],
    ])('is tried again when %s', async (_, error) => {
      @Controller()
      class Handlers {
        @UsePipes(refusing(error))
        @OnEvent(NUMBERED, { attempts: 3 })
        handle(@Payload() data: Numbered): void {
          calls.push(data.number.key);
        }
      }
      await expect(handled({ controllers: [Handlers] })).resolves.toMatchObject({ dead_letter_attempts: '3' });
    });
  });

  it.each([
    ['BadRequestException', new BadRequestException('the other service does not know it yet'), {}, 3],
    ['RpcException', new RpcException('not yet'), {}, 3],
    ['UnrecoverableError', new UnrecoverableError('never'), {}, 1],
    ['an error that its predicate knows to be permanent', new TypeError('never'), { retryIf: isNoTypeError }, 1],
    ['another error', new RangeError('not yet'), { retryIf: isNoTypeError }, 3],
  ])('that throws %s itself is called as often as it should', async (_, error, options, times) => {
    @Controller()
    class Handlers {
      @OnEvent(NUMBERED, { attempts: 3, ...options })
      handle(): void {
        calls.push('handle');
        throw error;
      }
    }
    await handled({ controllers: [Handlers] });
    expect(calls).toHaveLength(times);
  });

  it('whose predicate is none is refused', () => {
    expect(() => {
      class Wrong {
        @OnEvent(NUMBERED, { retryIf: 'never' as unknown as () => boolean })
        handle(): void {}
      }
      return Wrong;
    }).toThrow(
      new SettingsError(
        `@OnEvent on Wrong.handle: retryIf: got 'never'; allowed: a function from an error to true or false.`,
      ),
    );
  });

  it('may fail with anything', async () => {
    const values: readonly (readonly [string, unknown, string])[] = [
      ['nothing', undefined, 'undefined'],
      ['text', 'the printer is on fire', 'the printer is on fire'],
      ['null', null, 'null'],
      ['frozen', Object.freeze(new Error('frozen')), 'frozen'],
      ['plain', Object.freeze({ code: 7 }), '{ code: 7 }'],
    ];
    @Controller()
    class Handlers {}
    for (const [name, value] of values) {
      for (const [way, fail] of [
        ['Thrown', () => throwing(value)],
        ['Rejected', () => Promise.resolve().then(() => throwing(value))],
        ['Observed', () => throwError(() => value)],
      ] as const)
        handle(Handlers, `${name}${way}`, fail);
    }
    const letter = await handled({ controllers: [Handlers] });
    const errors = letter?.['dead_letter_error']?.split('; ');
    const expected = values.flatMap(([name, , text]) =>
      ['Thrown', 'Rejected', 'Observed'].map((way) => `Handlers.${name}${way}: ${text}`),
    );
    expect(errors).toEqual(expected);
  });

  it('may answer with anything', async () => {
    @Controller()
    class Handlers {}
    const answers = {
      nothing: () => undefined,
      value: () => ({ done: true }),
      empty: () => EMPTY,
      values: () => of(1, 2, 3),
      later: () => Promise.resolve(of('later')),
    };
    for (const [name, answer] of Object.entries(answers)) handle(Handlers, name, answer);
    await expect(handled({ controllers: [Handlers] })).resolves.toBeUndefined();
    expect(calls).toEqual(Object.keys(answers));
  });

  it('of a controller of the request scope has a new one for each attempt', async () => {
    let made = 0;
    @Injectable({ scope: Scope.REQUEST })
    class Work {
      readonly number = (made += 1);
    }
    @Controller()
    class Handlers {
      constructor(private readonly work: Work) {}

      @OnEvent(NUMBERED, { attempts: 3 })
      handle(@Payload('number') { key }: Numbered['number']): void {
        calls.push(`${key} ${this.work.number}`);
        if (calls.length < 3) throw new Error('not yet');
      }
    }
    await expect(handled({ controllers: [Handlers], providers: [Work] })).resolves.toBeUndefined();
    expect(calls).toEqual(['ada 1', 'ada 2', 'ada 3']);
  });

  /** Adds a handler with this name to the controller. */
  function handle(controller: object & { readonly prototype: object }, name: string, answer: () => unknown): void {
    const value = () => {
      calls.push(name);
      return answer();
    };
    Object.defineProperty(controller.prototype, name, { value, writable: true, configurable: true });
    const descriptor = Object.getOwnPropertyDescriptor(controller.prototype, name);
    if (descriptor !== undefined) OnEvent(NUMBERED.type, { attempts: 1 })(controller.prototype, name, descriptor);
  }
});

function isNoTypeError(error: Error): boolean {
  return !(error instanceof TypeError);
}

function throwing(value: unknown): never {
  throw value;
}
