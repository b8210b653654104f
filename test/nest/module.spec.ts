import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Injectable, Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Max } from 'class-validator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  defineEvent,
  EventData,
  eventOf,
  Field,
  EventBus,
  EventBusModule,
  type EventBusOptions,
  OnEvent,
  InvalidEventError,
  type ProducerConfig,
  SettingsError,
} from 'nest-event-bus';
import { embedded } from 'nest-event-bus/embedded';
import { NUMBERED, UNHANDLED } from '../apps/src/events.js';

describe('EventBusModule', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'event-bus-module-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const options = (more: EventBusOptions = {}): EventBusOptions => ({
    embeddedPath: join(folder, 'bus.db'),
    events: [NUMBERED, UNHANDLED],
    eventModules: [],
    embeddedAuditLoggingEnabled: false,
    ...more,
  });

  async function withBus(
    given: EventBusOptions,
    use: (bus: EventBus) => Promise<void>,
    imports = [EventBusModule.forRoot(given)],
  ): Promise<void> {
    const app = await NestFactory.createApplicationContext(
      { module: EmptyModule, imports },
      { logger: false, abortOnError: false },
    );
    try {
      await use(app.get(EventBus));
    } finally {
      await app.close();
    }
  }

  const config = (routes: Record<string, { event_key_field: string; enabled: boolean }>) => ({
    [NUMBERED.type]: routes,
  });
  const data = { number: { key: 'ada', seq: 1, note: null } };

  it('publishes to every enabled route under one id, and nothing to a disabled one', async () => {
    const producerConfig = config({
      one: { event_key_field: 'number.key', enabled: true },
      two: { event_key_field: 'number.seq', enabled: true },
      off: { event_key_field: 'number.key', enabled: false },
    });
    await withBus(options({ producerConfig, topicPrefix: 'dev' }), async (bus) => {
      const { positions, metadata } = await bus.publish(NUMBERED, data);
      expect(positions.map(({ topic }) => topic)).toEqual(['dev-one', 'dev-two']);
      expect(metadata).toMatchObject({ type: NUMBERED.type, minorversion: 0 });
      expect(metadata.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    });
  });

  it('hands every notice to the observer of the application, and goes on if the observer throws', async () => {
    const seen: string[] = [];
    const observe: EventBusOptions['observe'] = (notice) => {
      seen.push(notice.kind === 'published' ? `published to ${notice.topic}` : notice.kind);
      throw new Error('an observer that fails');
    };
    await withBus(options({ observe, serviceName: 'shop' }), async (bus) => {
      await bus.publish(NUMBERED, data, { topic: 'here' });
      await bus.publish(NUMBERED, data, { topic: 'there' });
    });
    expect(seen.filter((each) => each.startsWith('published'))).toEqual(['published to here', 'published to there']);
  });

  it('comes from forRootAsync as well', async () => {
    const imports = [EventBusModule.forRootAsync({ useFactory: () => options() })];
    await withBus(
      options(),
      async (bus) => {
        await expect(bus.publish(NUMBERED, data, { topic: 'here' })).resolves.toMatchObject({
          positions: [{ topic: 'here' }],
        });
      },
      imports,
    );
  });

  it.each([
    ['of the wrong type', { number: { key: 5, seq: 1, note: null } }, /number\.key/],
    ['missing', { number: { key: 'k', note: null } }, /number\.seq/],
    ['not declared', { number: { key: 'k', seq: 1, note: null, colour: 'red' } }, /number: undeclared "colour"/],
    ['no integer', { number: { key: 'k', seq: 1.5, note: null } }, /number\.seq/],
  ])('refuses data with a field %s, naming its path', async (_, wrong, path) => {
    await withBus(options(), async (bus) => {
      const refused = bus.publish(NUMBERED, wrong as typeof data, { topic: 'here' });
      await expect(refused).rejects.toThrow(path);
      await expect(refused).rejects.toBeInstanceOf(InvalidEventError);
      await expect(refused).rejects.toThrow(NUMBERED.type);
    });
  });

  it('refuses data that a constraint of its class refuses, and takes what fits', async () => {
    @EventData('test.order.v1')
    class Order {
      @Field('long')
      @Max(10)
      count!: number;
    }
    const ORDER = eventOf(Order);
    await withBus(options({ events: [ORDER] }), async (bus) => {
      await expect(bus.publish(ORDER, { count: 11 }, { topic: 'here' })).rejects.toThrow(/test.order.v1: count: max/);
      await expect(bus.publish(ORDER, { count: 10 }, { topic: 'here' })).resolves.toMatchObject({
        positions: [{ position: '0' }],
      });
    });
  });

  it('refuses an event without a route, saying what to do', async () => {
    await withBus(options(), async (bus) => {
      await expect(bus.publish(NUMBERED, data)).rejects.toThrow(
        /test.numbered.v1 has no route: name a topic when publishing, or add .* EVENT_BUS_PRODUCER_CONFIG/,
      );
    });
  });

  it.each([
    [
      'a key path that leads nowhere',
      config({ here: { event_key_field: 'number.nowhere', enabled: true } }),
      /EVENT_BUS_PRODUCER_CONFIG: here: event_key_field: test.numbered.v1: .*nowhere/,
    ],
    [
      'a key path to an optional field',
      config({ here: { event_key_field: 'number.note', enabled: true } }),
      /here: event_key_field: .*note/,
    ],
    [
      'a key path to a record',
      config({ here: { event_key_field: 'number', enabled: true } }),
      /here: event_key_field: .*number/,
    ],
    [
      'an unknown event type',
      { 'org.nowhere.v1': { here: { event_key_field: 'a', enabled: true } } },
      /org.nowhere.v1: unknown event type/,
    ],
    [
      'a wrong shape',
      { [NUMBERED.type]: { here: { event_key_field: 'number.key', enabled: 'yes' } } },
      /enabled: expected true or false, got string/,
    ],
  ])('does not start with %s in the routes', async (_, producerConfig, message) => {
    const start = withBus(options({ producerConfig: producerConfig as ProducerConfig }), () => Promise.resolve());
    await expect(start).rejects.toThrow(message);
    await expect(start).rejects.toBeInstanceOf(SettingsError);
  });

  it('does not start with two definitions of one type that differ', async () => {
    const other = defineEvent(NUMBERED.schema.replace('"seq"', '"sequence"'));
    await expect(withBus(options({ events: [NUMBERED, other] }), () => Promise.resolve())).rejects.toThrow(
      /test.numbered.v1 is already defined with another schema/,
    );
  });

  it('does not start with @OnEvent on a provider, and names class and method', async () => {
    @Injectable()
    class Misplaced {
      @OnEvent(NUMBERED)
      handle(): void {}
    }
    const start = started(options(), { providers: [Misplaced] });
    await expect(start).rejects.toThrow(/@OnEvent works on the methods of a controller only.*Misplaced\.handle/);
  });

  it('does not start with @OnEvent on what a factory or a value provides', async () => {
    class Made {
      @OnEvent(NUMBERED)
      handle(): void {}
    }
    for (const provider of [
      { provide: 'a', useFactory: () => new Made() },
      { provide: 'b', useValue: new Made() },
    ]) {
      await expect(started(options(), { providers: [provider] })).rejects.toThrow(/controller only.*Made\.handle/);
    }
  });

  it.each([
    [{ attempts: NaN }, /@OnEvent on Wrong\.handle: attempts: got NaN; allowed: a whole number from 1/],
    [{ attempts: 0 }, /attempts: got 0/],
    [{ delayMs: -1 }, /delayMs: got -1; allowed: a number of ms from 0/],
    [{ onFailure: 'deadletter' as 'skip' }, /onFailure: got 'deadletter'; allowed: dead-letter, skip or halt/],
  ])('refuses the options %j of a handler', (wrong, message) => {
    expect(() => {
      class Wrong {
        @OnEvent(NUMBERED, wrong)
        handle(): void {}
      }
      return Wrong;
    }).toThrow(message);
  });

  it('refuses two @OnEvent on one method, of which one would be dead', () => {
    expect(() => {
      class Stacked {
        @OnEvent(NUMBERED)
        @OnEvent(UNHANDLED)
        handle(): void {}
      }
      return Stacked;
    }).toThrow(/Stacked\.handle has two @OnEvent decorators, and Nest uses only one/);
  });

  it('does not start with an option that there is not', async () => {
    const wrong = { topicPrefx: 'dev' } as EventBusOptions;
    await expect(started(options(wrong), {})).rejects.toThrow(
      /topicPrefx: there is no such option; allowed: .*topicPrefix/,
    );
  });

  it.each([
    ['the same', {}],
    ['other', { topicPrefix: 'other' }],
  ])('does not start with two calls of forRoot, of %s options, and says where they are', async (_, other) => {
    @Module({ imports: [EventBusModule.forRoot(options())] })
    class OneModule {}
    @Module({ imports: [EventBusModule.forRootAsync({ useFactory: () => options(other) })] })
    class OtherModule {}
    const start = NestFactory.createApplicationContext(
      { module: EmptyModule, imports: [OneModule, OtherModule] },
      { logger: false, abortOnError: false },
    );
    await expect(start).rejects.toThrow(
      /EventBusModule.forRoot\(\) is imported 2 times \(OneModule, OtherModule\): each call makes its own bus. Call it once/,
    );
    await expect(start).rejects.toBeInstanceOf(SettingsError);
  });

  it('starts with the result of one call of forRoot in several modules', async () => {
    const bus = EventBusModule.forRoot({ ...options(), isGlobal: false });
    @Module({ imports: [bus] })
    class OneModule {}
    @Module({ imports: [bus] })
    class OtherModule {}
    const app = await NestFactory.createApplicationContext(
      { module: EmptyModule, imports: [OneModule, OtherModule] },
      { logger: false, abortOnError: false },
    );
    await app.close();
  });

  it('closes within the stop timeout, though the broker never confirms what was published, and says so', async () => {
    const errors: string[] = [];
    const logger = {
      log: () => undefined,
      warn: () => undefined,
      error: (line: { toString(): string }) => void errors.push(line.toString()),
    };
    const backend = { ...embedded({ path: join(folder, 'bus.db') }), close: () => new Promise<void>(() => undefined) };
    const app = await NestFactory.createApplicationContext(
      { module: EmptyModule, imports: [EventBusModule.forRoot(options({ backend, stopTimeout: 0.2 }))] },
      { logger, abortOnError: false },
    );
    const askedAt = performance.now();
    await app.close();
    expect(performance.now() - askedAt).toBeLessThan(3_000);
    expect(errors).toEqual([
      'The stop timeout (EVENT_BUS_CONSUMER_STOP_TIMEOUT) ended before the broker confirmed every published event: stop_timeout_s=0.2',
    ]);
  });

  it('starts with @OnEvent on a controller', async () => {
    @Controller()
    class Placed {
      @OnEvent([NUMBERED, UNHANDLED.type])
      handle(): void {}
    }
    await expect(started(options(), { controllers: [Placed] })).resolves.toBeUndefined();
  });

  async function started(
    given: EventBusOptions,
    more: { providers?: Provider[]; controllers?: Type[] },
  ): Promise<void> {
    const app = await NestFactory.createApplicationContext(
      { module: EmptyModule, imports: [EventBusModule.forRoot(given)], ...more },
      { logger: false, abortOnError: false },
    );
    await app.close();
  }
});

@Module({})
class EmptyModule {}
