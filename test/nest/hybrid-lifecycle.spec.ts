import { setTimeout as pass } from 'node:timers/promises';
import { Controller, Global, Injectable, Module, type Type } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { connectConsumer, EventBus, OnEvent } from 'nest-event-bus';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NUMBERED, type Numbered } from '../apps/src/events.js';

import { latch } from '../support/latch.js';
import { type HybridBench, hybridBench } from '../support/hybrid.js';

const HOOKS = [
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
] as const;

/** A provider that records when its hooks are called. */
function hooked(name: string, steps: string[]): Type {
  @Injectable()
  class Hooked {}
  for (const hook of HOOKS)
    Object.assign(Hooked.prototype, {
      [hook]: async () => {
        await pass(1);
        steps.push(`${name} ${hook}`);
      },
    });
  return Hooked;
}

describe('A hybrid application', () => {
  let bench: HybridBench;
  let steps: string[];
  beforeEach(() => {
    bench = hybridBench();
    steps = [];
  });
  afterEach(() => bench.clear());

  /** A controller whose handler records its start and end, and waits in between until the test lets it continue. */
  function held() {
    const go = latch();
    @Controller()
    class Handlers {
      @OnEvent(NUMBERED, { attempts: 1 })
      async handle(@Payload('number') { key }: Numbered['number']): Promise<void> {
        steps.push(`${key} begins`);
        await go.opened;
        steps.push(`${key} ends`);
      }
    }
    return { Handlers, go };
  }

  it.each([true, false])(
    'calls each start-up hook once, before the first event, and no hook of its own before the last handler has ended (global bus: %s)',
    async (isGlobal) => {
      const { Handlers, go } = held();
      @Global()
      @Module({ providers: [hooked('global', steps)] })
      class GlobalModule {}
      @Module({ providers: [hooked('inner', steps)] })
      class InnerModule {}
      @Module({ imports: [InnerModule] })
      class OuterModule {}
      const { app, publish } = await bench.start({
        bus: { isGlobal },
        imports: [GlobalModule, OuterModule],
        providers: [hooked('root', steps)],
        controllers: [Handlers],
        configure: (hybrid) => connectConsumer(hybrid, { topic: 'other', group: bench.group }),
      });
      expect(steps.toSorted()).toEqual(
        ['global', 'inner', 'root'].flatMap((name) => [`${name} onApplicationBootstrap`, `${name} onModuleInit`]),
      );
      await app.listen(0, '127.0.0.1');
      expect(steps.splice(0)).toHaveLength(6);

      await publish('ada');
      await until(() => steps.includes('ada begins'), { withinMs: 10_000, what: 'the event to be in hand' });
      const closed = app.close();
      await publish('bob');
      go.open();
      await closed;
      expect(steps.slice(0, 2)).toEqual(['ada begins', 'ada ends']);
      expect(steps).toHaveLength(2 + 9);
      await expect(bench.behind()).resolves.toBe(1);
    },
  );

  it('can publish until its last hook has ended', async () => {
    @Controller()
    class Handlers {
      @OnEvent(NUMBERED)
      handle(): void {
        steps.push('handled');
      }
    }
    @Injectable()
    class Farewell {
      constructor(private readonly bus: EventBus) {}

      async onApplicationShutdown(): Promise<void> {
        const number = { key: 'bye', seq: 1, note: null };
        await this.bus.publish(NUMBERED, { number }, { topic: bench.topic });
        steps.push('published');
      }
    }
    const { app } = await bench.start({ controllers: [Handlers], providers: [Farewell] });
    await app.close();
    expect(steps).toEqual(['published']);
    await expect(bench.behind()).resolves.toBe(1);
  });

  it('leaves unsettled what fails after the stop began, spends no attempt of it, and handles it after the next start', async () => {
    let isOpen = true;
    @Controller()
    class Handlers {
      @OnEvent(NUMBERED, { attempts: 1 })
      async handle(@Payload('number') { key }: Numbered['number']): Promise<void> {
        steps.push(`${key} begins`);
        // Like a handler that uses something that the application closes.
        while (isOpen) await pass(1);
        throw new Error('the pool is closed');
      }
    }
    const { app, publish } = await bench.start({ controllers: [Handlers] });
    await publish('ada');
    await until(() => steps.length > 0, { withinMs: 10_000, what: 'the event to be in hand' });
    const closed = app.close();
    isOpen = false;
    await closed;
    await expect(bench.deadLetters()).resolves.toEqual([]);
    await expect(bench.behind()).resolves.toBe(1);

    const next = held();
    next.go.open();
    await bench.start({ controllers: [next.Handlers] });
    await until(() => steps.includes('ada ends'), { withinMs: 10_000, what: 'the event to be handled' });
    await until(async () => (await bench.behind()) === 0, { withinMs: 10_000, what: 'the event to be settled' });
  });

  it('ends in time, though a handler never does', async () => {
    const { Handlers } = held();
    const { app, publish, strategy } = await bench.start({ controllers: [Handlers], bus: { stopTimeout: 0.2 } });
    await publish('ada');
    await until(() => steps.includes('ada begins'), { withinMs: 10_000, what: 'the event to be in hand' });
    const begunAt = performance.now();
    await app.close();
    expect(performance.now() - begunAt).toBeLessThan(3_000);
    await expect(strategy.ended).rejects.toThrow(/Handlers of 1 event\(s\) were still running/);
    await expect(bench.behind()).resolves.toBe(1);
  });

  it('does not start its consumers when the rest of it does not, and says why', async () => {
    const { Handlers } = held();
    @Injectable()
    class Failing {
      onModuleInit(): Promise<void> {
        return Promise.reject(new Error('my database is away'));
      }
    }
    const start = bench.start({ controllers: [Handlers], providers: [Failing] });
    await expect(start).rejects.toThrow('my database is away');
    await expect(bench.behind()).rejects.toThrow();
  });

  it('handles what is published right after its start, by a group that begins at the end', async () => {
    const { Handlers, go } = held();
    go.open();
    const { publish, strategy } = await bench.start({ controllers: [Handlers], consume: { from: 'latest' } });
    await publish('ada');
    await until(() => steps.includes('ada ends'), { withinMs: 10_000, what: 'the event to be handled' });
    await expect(strategy.ready).resolves.toBeUndefined();
  });

  it('tells whoever waits for its share that it was stopped before', async () => {
    const { Handlers } = held();
    const stopped: Promise<void>[] = [];
    await bench.start({
      controllers: [Handlers],
      configure: (app) => {
        const strategy = connectConsumer(app, { topic: 'other', group: bench.group });
        stopped.push(strategy.ready);
        void strategy.close();
      },
    });
    await expect(stopped[0]).rejects.toThrow('The consumer of other was stopped before it got its share of the topic.');
  });

  it('consumes two topics for one group', async () => {
    const { Handlers, go } = held();
    go.open();
    const { app, publish } = await bench.start({
      controllers: [Handlers],
      configure: (hybrid) => connectConsumer(hybrid, { topic: 'other', group: bench.group, from: 'earliest' }),
    });
    await publish('ada');
    await app.get(EventBus).publish(NUMBERED, { number: { key: 'bob', seq: 1, note: null } }, { topic: 'other' });
    const isDone = () => steps.includes('ada ends') && steps.includes('bob ends');
    await until(isDone, { withinMs: 10_000, what: 'both events to be handled' });
    await app.close();
    expect(steps.filter((step) => step.endsWith('ends'))).toHaveLength(2);
  });
});
