import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { type DataOf, OnEvent, UnrecoverableError } from 'nest-event-bus';
import { deadLetterTopic } from 'nest-event-bus/core';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { postgres } from '../../examples/src/postgres/index.js';
import { NUMBERED } from '../apps/src/events.js';
import { type HybridBench, hybridBench } from '../support/hybrid.js';
import { requires } from '../support/requirements.js';
import { makeDatabase } from './database.js';

await requires('postgres', 'An application over PostgreSQL', (address) => {
  let bench: HybridBench;
  beforeEach(() => (bench = hybridBench()));
  afterEach(() => bench.clear());

  it('handles its events in order, and sets aside what fails', async () => {
    const handled: number[] = [];
    @Controller()
    class Handlers {
      @OnEvent(NUMBERED)
      handle(@Payload('number') { seq }: DataOf<typeof NUMBERED>['number']): void {
        if (seq === 2) throw new UnrecoverableError('never');
        handled.push(seq);
      }
    }
    const backend = postgres({ url: await makeDatabase(await address()) });
    const { publish } = await bench.start({ controllers: [Handlers], bus: { backend } });
    for (const seq of [1, 2, 3]) await publish('k', seq);
    const isSettled = async () => (await backend.positions(bench.topic, bench.group))[0]?.behind === 0;
    await until(isSettled, { withinMs: 10_000, what: 'the events to be settled' });
    expect(handled).toEqual([1, 3]);
    const setAside = [];
    for await (const record of backend.read(deadLetterTopic(bench.topic, bench.group))) setAside.push(record);
    expect(setAside).toHaveLength(1);
  });
});
