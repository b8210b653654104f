import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { start } from '../support/process.js';
import { type Workbench, workbench } from '../support/workbench.js';

const ID = '6d9a1d6e-0f4c-4a53-9f0a-3d0a2c1b4e5f';

describe('event-bus produce and consume', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('round-trip')));
  afterEach(() => bench.clear());

  it('make a round trip: what consume prints, produce takes', async () => {
    const seq = '9223372036854775807';
    const metadata = {
      id: ID,
      minorversion: 3,
      source: 'openedx/lms/web',
      sourcehost: 'häuschen',
      time: '2024-02-29T12:34:56.789012+00:00',
      sourcelib: [10, 5, 0],
    };
    const line = JSON.stringify({
      type: 'test.numbered.v1',
      data: { number: { key: 'ada', seq: 0, note: null } },
      metadata,
    }).replace('"seq":0', `"seq":${seq}`);
    const produced = bench.cliProcess(['produce', '--topic', bench.topic], { input: `${line}\n` });
    await expect(produced.ended).resolves.toBe(0);
    expect(JSON.parse(produced.output[0] ?? '')).toEqual({
      id: ID,
      topic: bench.topic,
      position: expect.stringMatching(/^\d+$/) as unknown,
    });

    const [first] = await consumed('one');
    expect(first).toContain(`"seq":${seq}`);
    const { position, topic, key, ...event } = JSON.parse(first ?? '') as Record<string, unknown>;
    expect(event).toMatchObject({ type: 'test.numbered.v1', metadata });
    expect({ position, topic, key }).toEqual({
      position: expect.stringMatching(/^\d+$/) as unknown,
      topic: bench.topic,
      key: 'ada',
    });

    const again = bench.cli(['produce', '--topic', bench.topic], { input: `${first ?? ''}\n` });
    await expect(again.ended).resolves.toBe(0);
    const lines = await consumed('two', 2);
    expect(lines.map((text) => text.replace(/"position":"\d+"/, ''))).toEqual(
      [...new Array<string>(2)].map(() => first?.replace(/"position":"\d+"/, '')),
    );
  });

  it('reports a bad line with its number and reason, sends the others, and exits with 7', async () => {
    const good = JSON.stringify({ type: 'test.numbered.v1', data: { number: { key: 'k', seq: 1 } } });
    const input = [
      good,
      '{"type": ',
      '',
      '{"type":"test.nowhere.v1","data":{}}',
      '{"type":"test.numbered.v1","data":{"number":{"key":5,"seq":1}}}',
      '{"type":"test.numbered.v1","data":{"number":{"key":"k","seq":1,"extra":1}}}',
      '{"type":"test.numbered.v1","data":{"number":{"key":"k","seq":1}},"metadata":{"id":"7"}}',
      '["no event"]',
      good,
    ].join('\n');
    const producer = bench.cli(['produce', '--topic', bench.topic], { input });
    await expect(producer.ended).resolves.toBe(7);
    expect(producer.output).toHaveLength(2);
    const errors = producer.lines.filter((line) => line.startsWith('line '));
    expect(errors).toEqual([
      'line 2: not JSON',
      expect.stringMatching(/^line 4: test.nowhere.v1 is not a known event type; .*EVENT_BUS_EVENTS/),
      expect.stringMatching(/^line 5: .*number\.key.*string/),
      expect.stringMatching(/^line 6: .*number: undeclared "extra"/),
      'line 7: "metadata.id": expected a UUID',
      expect.stringMatching(/^line 8: expected a JSON object/),
    ]);
    expect(await consumed('all', 2)).toHaveLength(2);
  });

  it('consume ends with 6 when the events do not come in time, and 0 when stopped', async () => {
    const late = bench.cliProcess([
      'consume',
      '--topic',
      bench.topic,
      '--group',
      'g',
      '--count',
      '1',
      '--timeout',
      '0.3',
    ]);
    await expect(late.ended).resolves.toBe(6);
    expect(late.lines.join('\n')).toContain('timeout after 0.3 s with 0 of 1 events');
    const stopped = bench.cliProcess(['consume', '--topic', bench.topic, '--group', 'g']);
    await stopped.says(/Consuming:/);
    await expect(stopped.stop('SIGINT')).resolves.toBe(0);
    expect(stopped.output).toEqual([]);
  });

  it('consume settles what it printed and nothing more', async () => {
    const lines = [0, 1, 2, 3].map((seq) =>
      JSON.stringify({ type: 'test.numbered.v1', data: { number: { key: 'k', seq } } }),
    );
    await expect(bench.cli(['produce', '--topic', bench.topic], { input: lines.join('\n') }).ended).resolves.toBe(0);
    const seqs = (output: readonly string[]) =>
      output.map((line) => (JSON.parse(line) as { data: { number: { seq: number } } }).data.number.seq);
    expect(seqs(await consumed('g', 1))).toEqual([0]);
    expect(seqs(await consumed('g', 2))).toEqual([1, 2]);
    expect(seqs(await consumed('g', 1))).toEqual([3]);
  });

  it('consume does not run while consumers are switched off', async () => {
    const env = { EVENT_BUS_EMBEDDED_CONSUMERS_ENABLED: 'false' };
    const consumer = bench.cli(['consume', '--topic', bench.topic, '--group', 'g'], { env });
    await expect(consumer.ended).resolves.toBe(5);
  });

  it('consume tells of events whose type it does not know', async () => {
    const line = JSON.stringify({ type: 'test.numbered.v1', data: { number: { key: 'k', seq: 0 } } });
    const input = `${line}\n${line}\n`;
    await expect(bench.cli(['produce', '--topic', bench.topic], { input }).ended).resolves.toBe(0);
    const env = { EVENT_BUS_EVENTS: 'openedx-events' };
    const args = [
      'consume',
      '--topic',
      bench.topic,
      '--group',
      'g',
      '--from',
      'earliest',
      '--count',
      '1',
      '--timeout',
      '1',
    ];
    const consumer = bench.cli(args, { env });
    await expect(consumer.ended).resolves.toBe(6);
    expect(consumer.lines.join('\n')).toMatch(
      /WARN Event not shown: its type is unknown.* position=0 type=test.numbered.v1/,
    );
    const advice =
      'WARN test.numbered.v1 is not a known event type: list the module that exports its class or definition in EVENT_BUS_EVENTS, such as EVENT_BUS_EVENTS=./dist/events.js.';
    expect(consumer.lines.filter((text) => text === advice)).toHaveLength(1);
    expect(consumer.lines.at(-2)).toBe(
      'WARN 2 events were settled but not shown, because their types are unknown: test.numbered.v1 (2).',
    );
  });

  it('produce and consume know an event whose class a module exports', async () => {
    const env = { EVENT_BUS_EVENTS: './dist/examples/how-to/field-types.js' };
    const data = { order_id: 'o1', lines: [{ sku: 'a', count: 2 }], labels: {}, channel: 'WEB' };
    const input = JSON.stringify({ type: 'com.example.order.placed.v1', data });
    const producer = bench.cli(['produce', '--topic', bench.topic], { input, env });
    expect(await producer.ended, producer.lines.join('\n')).toBe(0);
    const args = ['consume', '--topic', bench.topic, '--group', 'g', '--count', '1'];
    const consumer = bench.cli(args, { env });
    await expect(consumer.ended).resolves.toBe(0);
    expect(JSON.parse(consumer.output[0] ?? '')).toMatchObject({ data: { ...data, note: null, discount: 0 } });
  });

  it('consume ends quietly when its reader goes away, and what was not read stays', async () => {
    const lines = Array.from({ length: 200 }, (_, seq) =>
      JSON.stringify({ type: 'test.numbered.v1', data: { number: { key: 'k', seq } } }),
    );
    await expect(bench.cli(['produce', '--topic', bench.topic], { input: lines.join('\n') }).ended).resolves.toBe(0);
    const command = `${process.execPath} libs/event-bus/bin/event-bus.js consume --topic ${bench.topic} --group g --from earliest | head -n 1`;
    const piped = start('bash', ['-c', `set -o pipefail; ${command}`], { env: bench.env });
    await expect(piped.ended).resolves.toBe(0);
    expect(piped.lines.filter((line) => !/Event log:|Consuming:|Consumer stopped:/.test(line))).toEqual([
      expect.stringContaining('"seq":0'),
    ]);
    await consumed('g', 100);
  });

  it('produce fails when it cannot read its input', async () => {
    const unreadable = start(
      'bash',
      ['-c', `${process.execPath} libs/event-bus/bin/event-bus.js produce --topic t < /tmp`],
      { env: bench.env },
    );
    await expect(unreadable.ended).resolves.toBe(2);
    expect(unreadable.lines.join('\n')).toMatch(/Standard input is a folder; expected: lines of JSON/);
  });

  it.each([
    [['produce', '--topic', 'a b'], /topic: got "a b"; allowed/],
    [['consume', '--topic', 't', '--group', ''], /group: got ""; allowed/],
    [['produce'], /required option '--topic <topic>'/],
    [['consume', '--topic', 't'], /required option '--group <group>'/],
    [['consume', '--topic', 't', '--group', 'g', '--from', 'monday'], /earliest, latest, or an ISO 8601 time/],
    [['consume', '--topic', 't', '--group', 'g', '--count', '0'], /a whole number from 1/],
    [['consume', '--topic', 't', '--group', 'g', '--timeout', '-1'], /a number of seconds above 0/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['produce', '--topic', 't', '--what'], /unknown option '--what'/],
  ])('%j ends with 2 and says what is allowed', async (args, message) => {
    const command = bench.cli(args);
    await expect(command.ended).resolves.toBe(2);
    expect(command.lines.join('\n')).toMatch(message);
    expect(command.output).toEqual([]);
  });

  it.each([[['--help']], [['produce', '--help']], [['consume', '--help']], [['settings', '--help']]])(
    '%j prints help and ends with 0',
    async (args) => {
      const command = bench.cli(args);
      await expect(command.ended).resolves.toBe(0);
      expect(command.output.join('\n')).toMatch(/^Usage: event-bus/);
    },
  );

  it('settings prints every setting with default, current value and meaning', async () => {
    const command = bench.cli(['settings'], { env: { EVENT_BUS_RETRY_ATTEMPTS: '9' } });
    await expect(command.ended).resolves.toBe(0);
    expect(command.output.join('\n')).toMatch(
      /EVENT_BUS_RETRY_ATTEMPTS\n {2}How many times .*\n {2}allowed: .*\n {2}default: 5\n {2}current: 9/,
    );
  });

  it('settings shows everything and tells every mistake at once', async () => {
    const env = { EVENT_BUS_RETRY_ATTEMPTS: 'x', EVENT_BUS_EVENTS: './nowhere.js' };
    const command = bench.cliProcess(['settings'], { env });
    await expect(command.ended).resolves.toBe(2);
    expect(command.output.join('\n')).toContain('EVENT_BUS_PUBLISH_TIMEOUT');
    expect(command.lines.join('\n')).toMatch(
      /EVENT_BUS_RETRY_ATTEMPTS: got "x"[^]*EVENT_BUS_EVENTS: .\/nowhere.js cannot be loaded/,
    );
  });

  async function consumed(group: string, count = 1): Promise<readonly string[]> {
    const consumer = bench.cli([
      'consume',
      '--topic',
      bench.topic,
      '--group',
      group,
      '--from',
      'earliest',
      '--count',
      String(count),
      '--timeout',
      '15',
    ]);
    expect(await consumer.ended, consumer.lines.join('\n')).toBe(0);
    return consumer.output;
  }
});
