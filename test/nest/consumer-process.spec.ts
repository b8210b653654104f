import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from 'nest-event-bus/testing';
import { callsIn, jsonLines, numbered } from '../support/numbered.js';
import { produce } from '../support/records.js';
import { type Workbench, workbench } from '../support/workbench.js';

describe('A consumer process', () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench('consumer-process')));
  afterEach(() => bench.clear());

  it.each([
    [
      'no topic',
      [],
      {},
      /No topic was given[^]*nest start consumer --topic TOPIC[^]*nest start consumer -- --topic TOPIC/,
    ],
    ['an unknown option', ['--topic', 't', '--group', 'g', '--what'], {}, /unknown option '--what'/],
    ['an argument too many', ['--topic', 't', '--group', 'g', 'more'], {}, /too many arguments/],
    [
      'bad JSON',
      ['--topic', 't', '--group', 'g', '--extra', '{x'],
      {},
      /--extra: got \{x, which is not JSON; allowed: a JSON object/,
    ],
    [
      'an extra option that nobody understands',
      ['--topic', 't', '--group', 'g', '--extra', '{"cats":1}'],
      {},
      /--extra: unknown option cats; allowed: consumer_name/,
    ],
    [
      'a time that is none',
      ['--topic', 't', '--group', 'g', '--from', 'monday'],
      {},
      /--from: got "monday"; allowed: earliest, latest, or an ISO 8601 time/,
    ],
    ['an empty group', ['--topic', 't', '--group', ''], {}, /--group: got ""; allowed: 1 to 255 characters/],
    [
      'a topic that no broker takes',
      ['--topic', 'a b', '--group', 'g'],
      {},
      /--topic: got "a b"; allowed: 1 to 249 letters/,
    ],
    [
      'concurrency that the ordering does not allow',
      ['--topic', 't', '--group', 'g'],
      { EVENT_BUS_CONSUMER_CONCURRENCY: '8' },
      /EVENT_BUS_CONSUMER_CONCURRENCY: got 8; allowed: 1 while EVENT_BUS_CONSUMER_ORDERING is partition/,
    ],
    [
      'two different groups',
      ['--topic', 't', '--group', 'g', '--group_id', 'h'],
      {},
      /--group and --group_id name different groups/,
    ],
    [
      'no group and no prefix to make one',
      ['--topic', 't'],
      {},
      /No group was given.*--group GROUP.*EVENTS_SERVICE_NAME and EVENT_BUS_TOPIC_PREFIX/,
    ],
    [
      'an event type without a handler',
      ['--topic', 't', '--group', 'g', '--event-type', 'test.unhandled.v1'],
      {},
      /--event-type test.unhandled.v1: this application has no handler for it; handled types: test.numbered.v1/,
    ],
    [
      'wrong settings, all of them at once',
      ['--topic', 't', '--group', 'g'],
      {
        EVENT_BUS_CONSUMER_CONCURRENCY: 'many',
        EVENT_BUS_CONSUMER_ORDERING: 'random',
        EVENT_BUS_EMBEDDED_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: '0',
      },
      /CONCURRENCY: got "many"; allowed: a whole number[^]*|ORDERING: got "random"; allowed: partition, key or none[^]*/,
    ],
    [
      'a backend that is not named in production',
      ['--topic', 't', '--group', 'g'],
      { NODE_ENV: 'production' },
      /EVENT_BUS_PRODUCER: got nothing; required with NODE_ENV=production[^]*EVENT_BUS_CONSUMER: got nothing/,
    ],
    [
      'a backend that there is not',
      ['--topic', 't', '--group', 'g'],
      { EVENT_BUS_CONSUMER: 'rabbit' },
      /EVENT_BUS_CONSUMER: got "rabbit"; allowed: embedded/,
    ],
    [
      'a module of events that there is not',
      ['--topic', 't', '--group', 'g'],
      { EVENT_BUS_EVENTS: './nowhere.js' },
      /EVENT_BUS_EVENTS: .\/nowhere.js cannot be loaded/,
    ],
  ])('does not start with %s: exit code 2 and one clear message', async (_, args, env, message) => {
    const consumer = bench.consumer('history-consumer', { args, env });
    await expect(consumer.ended).resolves.toBe(2);
    const said = consumer.lines.join('\n');
    expect(said).toMatch(message);
    expect(said.split(new RegExp(message.source.split('[^]')[0] ?? ''))).toHaveLength(2);
    expect(said).not.toMatch(/Consuming:/);
  });

  it('names its own file when no topic is given', async () => {
    const consumer = bench.consumer('history-consumer', { args: [] });
    await expect(consumer.ended).resolves.toBe(2);
    expect(consumer.lines).toContain(
      '  node dist/test-apps/history-consumer.js --topic TOPIC --group GROUP (exit code 2)',
    );
  });

  it.each([
    ['a start', {}, 0],
    ['a failed start', { EVENT_BUS_RETRY_ATTEMPTS: '0' }, 2],
  ])('gives buffered log lines to the logger that configure sets, and prints those of %s', async (_, env, code) => {
    const consumer = bench.consumer('buffering-consumer', { env });
    if (code === 0) {
      await consumer.says(/^OWN .*Consuming: /);
      expect(consumer.lines.filter((line) => line.includes('[Nest]'))).toEqual([]);
      expect(consumer.lines.join('\n')).toMatch(/^OWN Starting Nest application/m);
      await expect(consumer.stop()).resolves.toBe(0);
    } else {
      await expect(consumer.ended).resolves.toBe(code);
      expect(consumer.lines.join('\n')).toMatch(/EVENT_BUS_RETRY_ATTEMPTS: got "0"[^]*not created.*\(exit code 2\)$/);
    }
  });

  it('reports every wrong setting in one message', async () => {
    const env = {
      EVENT_BUS_CONSUMER_CONCURRENCY: 'many',
      EVENT_BUS_CONSUMER_ORDERING: 'random',
      EVENT_BUS_EMBEDDED_CONSUMER_CONSECUTIVE_ERRORS_LIMIT: '0',
    };
    const consumer = bench.consumer('history-consumer', { env });
    await expect(consumer.ended).resolves.toBe(2);
    const said = consumer.lines.join('\n');
    for (const name of Object.keys(env)) expect(said.split(`${name}: got `)).toHaveLength(2);
    expect(said).toMatch(/FATAL \[EventBus\] The consumer was not created, for the reason above. \(exit code 2\)$/);
  });

  it('ends with 5 when consumers are switched off', async () => {
    const consumer = bench.consumer('history-consumer', { env: { EVENT_BUS_EMBEDDED_CONSUMERS_ENABLED: 'false' } });
    await expect(consumer.ended).resolves.toBe(5);
    expect(consumer.lines.join('\n')).toContain('EVENT_BUS_EMBEDDED_CONSUMERS_ENABLED is false');
  });

  it('ends with 9 and names the event when a handler outlives the stop timeout', async () => {
    const history = join(bench.folder, 'history.jsonl');
    await produce(bench, jsonLines(numbered(1)));
    const env = { HISTORY: history, HANDLER_MS: '60000', EVENT_BUS_CONSUMER_STOP_TIMEOUT: '0.2' };
    const consumer = bench.consumer('history-consumer', { env });
    await until(() => callsIn(history).length === 1, { withinMs: 10_000, what: 'the event to be in hand' });
    await expect(consumer.stop()).resolves.toBe(9);
    expect(consumer.lines.join('\n')).toMatch(
      /A handler was still running when the stop timeout ended.* position=0 .* id=[0-9a-f-]{36}/,
    );
  });

  it('ends with 9 at once when a second signal comes while a handler runs', async () => {
    const history = join(bench.folder, 'history.jsonl');
    await produce(bench, jsonLines(numbered(1)));
    const consumer = bench.consumer('history-consumer', { env: { HISTORY: history, HANDLER_MS: '60000' } });
    await until(() => callsIn(history).length === 1, { withinMs: 10_000, what: 'the event to be in hand' });
    const isEnded = () => consumer.child.exitCode !== null;
    const signalled = () => {
      if (!isEnded()) consumer.child.kill('SIGINT');
      return isEnded();
    };
    // Signals within half a second count as one. The next signal ends the process, before the handler or the stop
    // timeout would.
    await until(signalled, { withinMs: 5_000, what: 'the process to end' });
    await expect(consumer.ended).resolves.toBe(9);
    expect(consumer.lines.join('\n')).toMatch(
      /Got SIGINT again: ending at once. Unsettled events will be handled again. \(exit code 9\)/,
    );
  });

  it('takes a signal that comes twice at once, as by a terminal and by nest, for one', async () => {
    const history = join(bench.folder, 'history.jsonl');
    await produce(bench, jsonLines(numbered(1)));
    const consumer = bench.consumer('history-consumer', { env: { HISTORY: history, HANDLER_MS: '1000' } });
    await until(() => callsIn(history).length === 1, { withinMs: 10_000, what: 'the event to be in hand' });
    consumer.child.kill('SIGINT');
    await expect(consumer.stop('SIGTERM')).resolves.toBe(0);
  });

  it.each(['beforeApplicationShutdown', 'onApplicationShutdown', 'onModuleDestroy'])(
    'ends with 9 within the stop timeout when %s hangs, and with 0 when it rejects',
    async (HOOK) => {
      const ended = async (WAY: string) => {
        const consumer = bench.consumer('stubborn-consumer', {
          env: { HOOK, WAY, EVENT_BUS_CONSUMER_STOP_TIMEOUT: '2' },
        });
        await consumer.says(/Consuming:/);
        const askedAt = performance.now();
        const code = await consumer.stop();
        expect(performance.now() - askedAt).toBeLessThan(5_000);
        return { code, said: consumer.lines.join('\n') };
      };
      const hanging = await ended('hangs');
      expect(hanging.code).toBe(9);
      expect(hanging.said).toContain(
        'The application did not close within EVENT_BUS_CONSUMER_STOP_TIMEOUT. (exit code 9)',
      );
      const rejecting = await ended('rejects');
      expect(rejecting.code).toBe(0);
      expect(rejecting.said).toContain(`${HOOK} failed`);
    },
  );

  it('ends with 1 when a start-up hook rejects', async () => {
    const consumer = bench.consumer('stubborn-consumer', { env: { HOOK: 'onModuleInit', WAY: 'rejects' } });
    await expect(consumer.ended).resolves.toBe(1);
    expect(consumer.lines.join('\n')).toMatch(/onModuleInit failed[^]*\(exit code 1\)/);
  });

  it('ends within the stop timeout when it is asked to stop while a start-up hook hangs', async () => {
    const env = { HOOK: 'onModuleInit', WAY: 'hangs', EVENT_BUS_CONSUMER_STOP_TIMEOUT: '2' };
    const consumer = bench.consumer('stubborn-consumer', { env });
    await consumer.says(/EventBusModule dependencies initialized/);
    await expect(consumer.stop()).resolves.toBe(9);
    expect(consumer.lines.join('\n')).toContain('The consumer did not stop within EVENT_BUS_CONSUMER_STOP_TIMEOUT');
  });

  it('runs global enhancers of every kind for each attempt', async () => {
    await produce(bench, jsonLines(numbered(1)));
    const consumer = bench.consumer('enhanced-consumer', { env: { EVENT_BUS_RETRY_ATTEMPTS: '2' } });
    await consumer.says(/Moved to the dead letters: .* error="EnhancedController.handle: k0 is on fire"/);
    await expect(consumer.stop()).resolves.toBe(0);
    const attempt = ['GUARD provided', 'GUARD configured', 'INTERCEPTOR', 'PIPE', 'HANDLER', 'FILTER k0 is on fire'];
    expect(consumer.output.filter((line) => /^[A-Z]{4,}/.test(line))).toEqual([...attempt, ...attempt]);
  });

  it('makes its group of service and prefix, and says which topic and group it consumes', async () => {
    const env = { EVENTS_SERVICE_NAME: 'grader', EVENT_BUS_TOPIC_PREFIX: 'dev' };
    const consumer = bench.consumer('history-consumer', { args: ['-t', bench.topic], env });
    await consumer.says(
      new RegExp(
        `Consuming: topic=dev-${bench.topic} group=grader_dev member=\\S+ backend="embedded .*" start=earliest`,
      ),
    );
    await expect(consumer.stop('SIGINT')).resolves.toBe(0);
  });

  it.each([['--group'], ['-g'], ['--group_id']])('takes its group from %s', async (option) => {
    const consumer = bench.consumer('history-consumer', { args: ['-t', bench.topic, option, 'mine'] });
    await consumer.says(/Consuming: .* group=mine /);
    await expect(consumer.stop()).resolves.toBe(0);
  });

  it('ignores --from when the group has a position, and says so', async () => {
    const history = join(bench.folder, 'history.jsonl');
    await produce(bench, jsonLines(numbered(3)));
    const args = ['--topic', bench.topic, '--group', bench.group];
    const first = bench.consumer('history-consumer', {
      args: [...args, '--from', 'latest'],
      env: { HISTORY: history },
    });
    await first.says(/Consuming: .* start=latest$/);
    await expect(first.stop()).resolves.toBe(0);
    await produce(bench, jsonLines(numbered(2)));
    const second = bench.consumer('history-consumer', {
      args: [...args, '--from', 'earliest'],
      env: { HISTORY: history },
    });
    await second.says(/Consuming: .* start="earliest ignored, the group has a position"/);
    await until(() => callsIn(history).length === 2, {
      withinMs: 10_000,
      what: 'the two events published while nobody consumed',
    });
    await expect(second.stop()).resolves.toBe(0);
    expect(callsIn(history)).toHaveLength(2);
  });

  it('finishes and settles the event in hand at SIGTERM', async () => {
    const history = join(bench.folder, 'history.jsonl');
    await produce(bench, jsonLines(numbered(2, 1)));
    const slow = bench.consumer('history-consumer', { env: { HISTORY: history, HANDLER_MS: '700' } });
    await until(() => callsIn(history).length === 1, { withinMs: 10_000, what: 'the first event to be in hand' });
    await expect(slow.stop()).resolves.toBe(0);
    expect(callsIn(history).map(({ seq }) => seq)).toEqual([0]);
    const next = bench.consumer('history-consumer', { env: { HISTORY: history } });
    await until(() => callsIn(history).length === 2, { withinMs: 10_000, what: 'the second event' });
    await expect(next.stop()).resolves.toBe(0);
    expect(callsIn(history).map(({ seq }) => seq)).toEqual([0, 1]);
  });
});
