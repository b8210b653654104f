import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Exposition, readExposition } from '../support/exposition.js';
import { jsonLines } from '../support/numbered.js';
import { PROBED, probesOf } from '../support/probes.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

describe('/metrics of a consumer', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('probes-metrics', PROBED)));
  afterEach(() => bench.clear());

  it('has the metrics of its bus, with the number of stuck handlers and the lag', async () => {
    const { topic, group } = bench;
    const release = join(bench.folder, 'release');
    const consumer = bench.consumer('probed-consumer', {
      env: {
        RELEASE: release,
        EVENT_BUS_HEALTH_STUCK_AFTER: '0.3',
        EVENT_BUS_METRICS: 'prometheus',
        EVENT_BUS_METRICS_LAG_INTERVAL: '0.1',
      },
    });
    const { url } = await probesOf(consumer);
    const read = async () => readExposition(await (await fetch(`${url}/metrics`)).text());
    const untilIt = (what: string, isSo: (metrics: Exposition) => boolean) =>
      until(async () => isSo(await read()), { withinMs: 20_000, what });
    await produce(bench, jsonLines([{ id: crypto.randomUUID(), key: 'stuck', seq: 1 }]));
    const stuck = (metrics: Exposition) => metrics.valueOf('event_bus_handler_stuck', { topic, group });
    await untilIt('a stuck handler', (metrics) => stuck(metrics) === 1);
    await untilIt('a lag of 1', (metrics) => metrics.valueOf('event_bus_lag_events', { topic, group }) === 1);
    const metrics = await read();
    expect(metrics.problems).toEqual([]);
    expect(metrics.valueOf('event_bus_in_hand', { topic, group })).toBe(1);
    expect(metrics.valueOf('event_bus_consumer_connected', { topic, group })).toBe(1);
    writeFileSync(release, '');
    await untilIt('no stuck handler and no lag', (now) => {
      const lag = now.valueOf('event_bus_lag_events', { topic, group });
      return stuck(now) === 0 && lag === 0;
    });
    // The reading of the lag does not hold the stop.
    await expect(consumer.stop()).resolves.toBe(0);
  });

  it('says how to switch metrics on while they are off', async () => {
    const consumer = bench.consumer('probed-consumer');
    const { url } = await probesOf(consumer);
    const answer = await fetch(`${url}/metrics`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/set EVENT_BUS_METRICS=prometheus.*npm install prom-client\n$/);
    await expect(consumer.stop()).resolves.toBe(0);
  });
});
