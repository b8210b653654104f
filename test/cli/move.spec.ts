import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from 'nest-event-bus/testing';
import { jsonLines, numbered } from '../support/numbered.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

describe('event-bus move', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = workbench('move');
    await produce(bench, jsonLines(numbered(5)));
    await consume(5);
  });
  afterEach(() => bench.clear());

  const move = (...args: readonly string[]) =>
    bench.cli(['move', '--topic', bench.topic, '--group', bench.group, ...args]);

  it('shows with --dry-run from where to where, and changes nothing', async () => {
    const dry = bench.cliProcess([
      'move',
      '--topic',
      bench.topic,
      '--group',
      bench.group,
      '--to',
      'start',
      '--dry-run',
    ]);
    await expect(dry.ended).resolves.toBe(0);
    expect(dry.output.map((line) => JSON.parse(line) as unknown)).toEqual([
      { partition: 0, from: '5', to: '0', again: 5, skipped: 0 },
    ]);
    const late = bench.cli([
      'consume',
      '--topic',
      bench.topic,
      '--group',
      bench.group,
      '--count',
      '1',
      '--timeout',
      '0.3',
    ]);
    await expect(late.ended).resolves.toBe(6);
  });

  it.each([
    ['start', 5],
    ['3', 2],
    ['end', 0],
    ['2001-01-01', 5],
  ])('moves the group to %s', async (to, behind) => {
    const moved = move('--to', to);
    await expect(moved.ended).resolves.toBe(0);
    expect(moved.output.map((line) => JSON.parse(line) as unknown)).toEqual([
      { partition: 0, from: '5', to: String(5 - behind), again: behind, skipped: 0 },
    ]);
    if (behind > 0) await consume(behind);
  });

  it.each([
    ['a position that is none', ['--to', '99'], /"99" is no position on topic/],
    ['a word that is none', ['--to', 'yesterday'], /Allowed: start, end, an ISO 8601 time/],
    ['no target', [], /required option '--to <where>'/],
  ])('refuses %s with exit code 2', async (_, args, message) => {
    const refused = move(...args);
    await expect(refused.ended).resolves.toBe(2);
    expect(refused.lines.join('\n')).toMatch(message);
    expect(refused.output).toEqual([]);
  });

  it('refuses an unknown group, and one with members', async () => {
    const unknown = bench.cli(['move', '--topic', bench.topic, '--group', 'nobody', '--to', 'start']);
    await expect(unknown.ended).resolves.toBe(2);
    expect(unknown.lines.join('\n')).toMatch(/There is no group nobody on topic/);
    const member = bench.cliProcess(['consume', '--topic', bench.topic, '--group', bench.group, '--count', '1']);
    const refusal = async () => (refused = move('--to', 'end', '--dry-run')).ended;
    let refused = move('--to', 'end', '--dry-run');
    await until(async () => (await refusal()) === 2, { withinMs: 15_000, what: 'the member to have joined' });
    expect(refused.lines.join('\n')).toMatch(/has members: event-bus-\d+. Stop them, then move it/);
    await expect(member.stop()).resolves.toBe(0);
  });

  async function consume(count: number): Promise<void> {
    const args = [
      'consume',
      '--topic',
      bench.topic,
      '--group',
      bench.group,
      '--count',
      String(count),
      '--timeout',
      '15',
    ];
    const consumer = bench.cli(args);
    expect(await consumer.ended, consumer.lines.join('\n')).toBe(0);
  }
});
