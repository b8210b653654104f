import { setTimeout as pass } from 'node:timers/promises';
import { until } from 'nest-event-bus/testing';
import { describe, expect, it } from 'vitest';
import { comparison, flood, type Flood, memoryOf } from '../support/faults/flood.js';
import { onSites } from '../support/faults/on-sites.js';
import type { SiteName } from '../support/faults/site.js';
import { keepRow } from '../support/faults/verdict.js';

const PROMISE = 'Memory stays flat whatever the backlog';
/** The allowed growth of a process at work, in MB. It covers garbage and a busy machine. */
const ALLOWED_MB = 60;
/** Fewer events for Kafka, because its client is the slowest here. */
const FLOODS: Partial<Record<SiteName, number>> = { 'Kafka 3.9': 500_000 };

await onSites(['embedded', 'Redis', 'Kafka 3.9'], ({ name, open }) => {
  describe('memory stays flat', () => {
    it('while a slow handler has a backlog of 100,000 events', { timeout: 180_000 }, async () => {
      const arena = await open('slow handler', { EVENT_BUS_CONSUMER_MAX_IN_FLIGHT: '200' });
      const count = 100_000;
      const member = flood(arena, 'flood-consumer', { COUNT: String(count), HANDLER_MS: '50' });
      await member.says(/Consuming:/);
      const samplesAreThere = (least: number) =>
        until(() => memoryOf(member).length >= least, {
          withinMs: 60_000,
          what: () => `its memory to be told; it said:\n${member.lines.slice(-20).join('\n')}`,
        });
      const idleAt = memoryOf(member).length;
      await samplesAreThere(idleAt + 2);
      const publisher = flood(arena, 'flood-publisher', { COUNT: String(count), BYTES: '1000' });
      expect(await publisher.ended).toBe(0);
      const [idle = 0] = memoryOf(member)
        .slice(idleAt)
        .map(({ bytes }) => bytes);
      const begun = memoryOf(member).length;
      await samplesAreThere(begun + 20);
      const samples = memoryOf(member).slice(begun);
      expect(last(member).count).toBeGreaterThan(100);
      // Compares with an idle process, because records read before the first measurement would not show as growth.
      expect(Math.max(...samples.map(({ bytes }) => bytes)) - idle).toBeLessThan(ALLOWED_MB * 1_000_000);
      expect(await member.stop()).toBe(0);
      expect(await arena.behind()).toBeGreaterThan(count / 2);
      keep('a slow handler (50 ms) has a backlog of 100,000 events of 1 KB', { consumer: samples });
    });

    it('while a flood of events is published and handled', { timeout: 400_000 }, async () => {
      const arena = await open('flood', { EVENT_BUS_CONSUMER_MAX_IN_FLIGHT: '1000' });
      const count = FLOODS[name] ?? 1_000_000;
      const member = flood(arena, 'flood-consumer', { COUNT: String(count) });
      await member.says(/Consuming:/);
      const publisher = flood(arena, 'flood-publisher', { COUNT: String(count) });
      expect(await publisher.ended).toBe(0);
      await publisher.says(new RegExp(`PUBLISHED ${count}, 0 failed, 0 refused`));
      const isDone = () => last(member).count >= count;
      await until(isDone, { withinMs: 200_000, what: () => `all to be handled; now ${last(member).count}` });
      await arena.settled();
      expect(await member.stop()).toBe(0);

      expect(comparison(publisher, member)).toEqual({ missing: 0, duplicates: 0 });
      keep(`${count.toLocaleString('en')} events are published as fast as possible`, {
        consumer: memoryOf(member).filter((sample) => sample.count > count / 5 && sample.count < count),
        publisher: memoryOf(publisher).filter((sample) => sample.count > count / 5),
      });
    });

    it(
      'while the broker stands still for 20 s and events are published without a wait',
      { timeout: 180_000 },
      async () => {
        const arena = await open('stalled broker', { EVENT_BUS_PUBLISH_TIMEOUT: '90' });
        const count = 400_000;
        const member = flood(arena, 'flood-consumer', { COUNT: String(count) });
        await member.says(/Consuming:/);
        const { server } = arena.site;
        const publisher = flood(arena, 'flood-publisher', { COUNT: String(count), BYTES: '2000', RATE: '8000' });
        await until(() => memoryOf(publisher).length > 0 && last(publisher).count > 1_000, {
          withinMs: 30_000,
          what: 'events to flow',
        });
        await server?.pause();
        const goOn = server === undefined ? await arena.site.hold(arena.bench) : () => server.resume();
        const pausedAt = Date.now();
        const [said] = await publisher.says(/REFUSED: .*/, 20_000);
        expect(said).toMatch(
          /Could not publish to \S+: \d+ records \(\d+ bytes\) already wait to be sent; the limit is 100000 \(67108864 bytes\)\. Publish more slowly, or wait for earlier calls\.$/,
        );
        const full = memoryOf(publisher).length;
        await pass(Math.max(0, pausedAt + 20_000 - Date.now()));
        const samples = memoryOf(publisher).slice(full);
        await goOn();
        publisher.child.kill('SIGTERM');
        const [, slowestMs] = await publisher.says(/PUBLISHED \d+, \d+ failed, \d+ refused within (\d+) ms/, 90_000);
        expect(await publisher.ended).toBe(0);
        await arena.settled(120_000);
        expect(await member.stop()).toBe(0);

        expect(comparison(publisher, member).missing).toBe(0);
        expect(Number(slowestMs)).toBeLessThan(2_000);
        keep('the broker stands still for 20 s while up to 8,000 events/s are published without a wait', {
          publisher: samples,
        });
      },
    );
  });

  function keep(fault: string, measured: Readonly<Record<string, ReturnType<typeof memoryOf>>>): void {
    const parts = Object.entries(measured).map(([who, samples]) => {
      const mb = samples.map(({ bytes }) => Math.round(bytes / 1_000_000));
      // Uses medians, because the number of records in hand varies.
      const quarter = Math.ceil(mb.length / 4);
      const [first, end, peak] = [median(mb.slice(0, quarter)), median(mb.slice(-quarter)), Math.max(...mb)];
      expect(mb.length, `${who}: ${mb.join(' ')}`).toBeGreaterThan(3);
      expect(end - first, `${who}: ${mb.join(' ')}`).toBeLessThan(ALLOWED_MB);
      expect(peak - first, `${who}: ${mb.join(' ')}`).toBeLessThan(2 * ALLOWED_MB);
      return `${who} ${first} → ${end} MB, at most ${peak}`;
    });
    const row = { promise: PROMISE, fault, backend: name };
    keepRow(row, { lost: 0, outOfOrder: undefined, duplicates: 0, allowed: 0, note: parts.join('; ') });
    console.log(`${name}: ${fault}: ${parts.join('; ')}`);
  }
});

function last(process: Flood): { readonly count: number } {
  return memoryOf(process).at(-1) ?? { count: 0 };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
