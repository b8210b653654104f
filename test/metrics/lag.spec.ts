import { Controller } from '@nestjs/common';
import { type EventBusOptions, OnEvent } from 'nest-event-bus';
import type { Backend } from 'nest-event-bus/core';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NUMBERED } from '../apps/src/events.js';
import { onBackends } from '../support/on-backends.js';
import { type Workbench, workbench } from '../support/workbench.js';
import { type Service, startService } from './bench.js';
import { optionsOf } from './options.js';

const LONG = { timeout: 60_000 };
const INTERVAL_S = 0.05;

/** Handlers wait here until a test lets some of them end. */
const gate = { waiting: [] as (() => void)[], isOpen: false };

@Controller()
class Gated {
  @OnEvent(NUMBERED)
  handle(): Promise<void> {
    return gate.isOpen ? Promise.resolve() : new Promise((resolve) => gate.waiting.push(resolve));
  }
}

await onBackends(({ env, open }) => {
  let bench: Workbench;
  let service: Service | undefined;
  let backend: Backend;
  beforeEach(() => {
    bench = workbench('lag-metrics');
    ({ backend } = open(bench));
    Object.assign(gate, { waiting: [], isOpen: false });
  });
  afterEach(async () => {
    gate.isOpen = true;
    for (const end of gate.waiting) end();
    await service?.close();
    service = undefined;
    await backend.close();
    await bench.clear();
  });

  const start = async (more: EventBusOptions = {}) => {
    const { topic, group } = bench;
    const options = { ...optionsOf(env(), bench), metricsLagInterval: INTERVAL_S, ...more };
    return (service = await startService(options, { topic, group }, [Gated]));
  };
  /** The truth: what the backend says now, by its own count. */
  const truth = async () => {
    const positions = await backend.positions(bench.topic, bench.group);
    return positions.reduce((sum, { behind }) => sum + behind, 0);
  };
  const publish = async ({ bus }: Service, count: number) => {
    for (let seq = 0; seq < count; seq += 1)
      await bus.publish(NUMBERED, { number: { key: 'k', seq, note: null } }, { topic: bench.topic });
  };
  const shows = async ({ metrics }: Service, lag: number) => {
    const { topic, group } = bench;
    const read = async () => (await metrics()).sumOf('event_bus_lag_events', { topic, group });
    // The metrics may show what was true before the last events.
    const agree = async () => (await truth()) === lag && (await read()) === lag;
    await until(agree, { withinMs: 10_000, what: `a lag of ${lag} in the metrics` });
  };

  it('shows the lag in events and seconds as the log has it, under load, and 0 when all is handled', LONG, async () => {
    const { topic, group } = bench;
    const started = await start();
    await shows(started, 0);
    expect((await started.metrics()).sumOf('event_bus_lag_seconds', { topic, group })).toBe(0);
    const from = Date.now();
    await publish(started, 5);
    await shows(started, 5);
    expect((await started.metrics()).valueOf('event_bus_in_hand', { topic, group })).toBeGreaterThanOrEqual(1);
    // The age grows with the clock, and is that of the oldest event.
    const age = async () => (await started.metrics()).sumOf('event_bus_lag_seconds', { topic, group });
    await until(async () => (await age()) > 0.3, { withinMs: 10_000, what: 'a lag of 0.3 s' });
    expect(await age()).toBeLessThanOrEqual((Date.now() - from) / 1000 + 0.1);

    for (let left = 5; left > 2; left -= 1) {
      await until(() => gate.waiting.length > 0, { withinMs: 10_000, what: 'a running handler' });
      gate.waiting.shift()?.();
      await shows(started, left - 1);
    }
    gate.isOpen = true;
    for (const end of gate.waiting.splice(0)) end();
    await shows(started, 0);
    expect(await age()).toBe(0);
    const readAt = (await started.metrics()).valueOf('event_bus_lag_read_timestamp_seconds', { topic, group }) ?? 0;
    expect(Math.abs(Date.now() / 1000 - readAt)).toBeLessThan(10);
  });

  it('shows the lag after a move, and counts what comes again', LONG, async () => {
    const { topic, group } = bench;
    gate.isOpen = true;
    const first = await start();
    await publish(first, 4);
    await shows(first, 0);
    await first.close();
    await backend.move(topic, group, 'start');
    gate.isOpen = false;
    const second = await start();
    await shows(second, 4);
    gate.isOpen = true;
    for (const end of gate.waiting.splice(0)) end();
    await shows(second, 0);
    const redelivered = async () => (await second.metrics()).valueOf('event_bus_redeliveries_total', { topic, group });
    expect(await redelivered()).toBe(4);
  });
});
