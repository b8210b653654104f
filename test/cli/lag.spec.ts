import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from 'nest-event-bus/testing';
import { jsonLines, numbered } from '../support/numbered.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

describe('event-bus lag', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = workbench('lag');
    await produce(bench, jsonLines(numbered(5)));
    const consumer = bench.cli(['consume', ...of(), '--count', '2', '--timeout', '15']);
    expect(await consumer.ended, consumer.lines.join('\n')).toBe(0);
  });
  afterEach(() => bench.clear());

  const of = () => ['--topic', bench.topic, '--group', bench.group];
  const lag = (...args: readonly string[]) => bench.cli(['lag', ...of(), ...args]);

  it('prints how many events are left, and how old the oldest is', async () => {
    const shown = lag();
    await expect(shown.ended).resolves.toBe(0);
    expect(shown.output.map((line) => JSON.parse(line) as unknown)).toEqual([
      { partition: 0, position: '2', end: '5', lag: 3, lagSeconds: expect.any(Number) as unknown },
    ]);
    const [{ lagSeconds }] = shown.output.map((line) => JSON.parse(line) as { lagSeconds: number }) as [
      { lagSeconds: number },
    ];
    expect(lagSeconds).toBeGreaterThan(0);
    expect(lagSeconds).toBeLessThan(60);
  });

  it('goes on with --watch, sees what is published, and ends with 0 when it is interrupted', async () => {
    const watching = bench.cliProcess(['lag', ...of(), '--watch', '0.2']);
    const lags = () => watching.output.map((line) => (JSON.parse(line) as { lag: number }).lag);
    await until(() => lags().length >= 2, { withinMs: 15_000, what: 'two samples' });
    await produce(bench, jsonLines(numbered(4)));
    await until(() => lags().at(-1) === 7, { withinMs: 15_000, what: () => `a lag of 7, not ${lags().at(-1)}` });
    await expect(watching.stop()).resolves.toBe(0);
    expect(lags().slice(0, 2)).toEqual([3, 3]);
  });

  it.each([
    ['an unknown group', ['--group', 'nobody'], /There is no group nobody on topic/],
    ['an unknown topic', ['--topic', 'nothing'], /nothing/],
    ['an interval that is none', ['--watch', 'often'], /Allowed: a number of seconds from 0.1 to 86400/],
  ])('refuses %s with exit code 2', async (_, args, message) => {
    const refused = lag(...args);
    await expect(refused.ended).resolves.toBe(2);
    expect(refused.lines.join('\n')).toMatch(message);
    expect(refused.output).toEqual([]);
  });
});
