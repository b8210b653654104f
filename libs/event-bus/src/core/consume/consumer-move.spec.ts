import { describe, expect, it } from 'vitest';
import type { Backend, GroupMove, MoveOptions } from '../backend.js';
import type { RecordCodec } from '../event/codec.js';
import { Consumer } from './consumer.js';
import { AdminError, UnavailableError } from '../errors.js';
import type { Notice } from '../notices/notice.js';
import { noticeText } from '../notices/notice-text.js';

const TO = new Date('2023-01-01T00:00:00Z');
const MOVED: GroupMove = { partition: 0, from: '5', to: '2', again: 3, skipped: 0 };

describe('A consumer that is to move its group once', () => {
  it('makes the group, moves it, tells from where to where, and then consumes', async () => {
    const { calls, lines } = await run(() => Promise.resolve([MOVED]));
    expect(calls).toEqual(['createGroup', { to: TO, once: 'offset_time=x' }, 'consume']);
    expect(lines).toContain(
      'Moved the group for offset_time=x: topic=t group=g partition=0 from=5 to=2 again=3 skipped=0',
    );
    expect(lines).toContainEqual(expect.stringMatching(/^Consuming: .* start=-$/));
  });

  it('goes on where the group stands when it was moved before', async () => {
    const { calls, lines } = await run(() => Promise.resolve([]));
    expect(calls.at(-1)).toBe('consume');
    expect(lines).toContain(
      'The group was already moved for offset_time=x; it continues at its current position: topic=t group=g',
    );
  });

  it('waits while the broker is away', async () => {
    let tries = 0;
    const { calls, lines } = await run(() =>
      ++tries < 3 ? Promise.reject(new UnavailableError('no broker')) : Promise.resolve([MOVED]),
    );
    expect(calls.at(-1)).toBe('consume');
    expect(lines.filter((line) => line.includes('no broker'))).toHaveLength(2);
  });

  it('ends with what the backend says while the group has members, and consumes nothing', async () => {
    const { calls, error } = await run(() => Promise.reject(new AdminError('Group g has members: m.')));
    expect(calls).not.toContain('consume');
    expect(error).toEqual(new AdminError('Could not move the group for offset_time=x: Group g has members: m.'));
  });
});

async function run(move: () => Promise<readonly GroupMove[]>) {
  const calls: unknown[] = [];
  const notices: Notice[] = [];
  const stop = new AbortController();
  const backend: Partial<Backend> = {
    name: 'stub',
    ping: () => Promise.resolve(),
    createGroup: () => Promise.resolve(calls.push('createGroup') > 0),
    move: (_topic, _group, to, { once }: MoveOptions = {}) => {
      calls.push({ to, once });
      return move();
    },
    consume: () => {
      calls.push('consume');
      stop.abort();
      return Promise.resolve();
    },
  };
  const backoff = { initialMs: 1, maxMs: 2 };
  const consumer = new Consumer({
    backend: backend as Backend,
    codec: {} as RecordCodec,
    observe: (notice) => notices.push(notice),
    handlersOf: () => [],
    subscription: { topic: 't', group: 'g', member: 'm', start: 'earliest', maxInFlight: 1, stopBudgetMs: 1 },
    moveOnce: { to: TO, once: 'offset_time=x' },
    ordering: 'partition',
    concurrency: 1,
    middleware: [],
    backoff,
    reconnect: backoff,
    errorsLimit: undefined,
  });
  const error: unknown = await consumer.run(stop.signal).catch((thrown: unknown) => thrown);
  return { calls, error, lines: notices.map((notice) => noticeText(notice).text) };
}
