import { expect, it } from 'vitest';
import { DEAD_LETTER_HEADERS, deadLetter } from '../../middleware/dead-letter.js';
import type { Backend, OutgoingRecord } from '../backend.js';
import type { RecordCodec } from '../event/codec.js';
import { Consumer } from './consumer.js';
import { defineEvent } from '../event/define-event.js';
import type { Notice } from '../notices/notice.js';
import { noticeText } from '../notices/notice-text.js';

const EVENT = defineEvent(JSON.stringify({ type: 'record', name: 'CloudEvent', namespace: 'test.v1', fields: [] }));
const ATTEMPTS = 2;

class Odd extends Error {
  override get message(): string {
    return 'from a getter';
  }
}

it.each([
  [undefined, 'undefined'],
  [null, 'null'],
  ['no paper', 'no paper'],
  ['', ''],
  [0, '0'],
  [Symbol('odd'), 'Symbol(odd)'],
  [Object.freeze({ code: 7 }), '{ code: 7 }'],
  [Object.freeze(new RangeError('frozen')), 'frozen'],
  [Object.freeze([1, 2]), '[ 1, 2 ]'],
  [Object.create(null), '[Object: null prototype] {}'],
  [Object.assign(new Error('had one'), { message: undefined }), 'undefined'],
  [new AggregateError([new Error('one')], 'several'), 'several'],
  [new Odd(), 'from a getter'],
])('a handler that fails with %o costs its attempts, and the consumer goes on', async (thrown, told) => {
  for (const how of ['throws', 'rejects'] as const) {
    const { published, settled, notices } = await consume(how, thrown);
    expect(settled).toEqual(['bad', 'good']);
    expect(notices.filter(({ kind }) => kind === 'handler-failed')).toHaveLength(ATTEMPTS);
    const headers = new Map(published[0]?.headers.map(([name, value]) => [name, Buffer.from(value ?? []).toString()]));
    expect(published).toHaveLength(1);
    expect(headers.get(DEAD_LETTER_HEADERS.error)).toBe(`Handler.handle: ${told}`);
    expect(() => notices.map((notice) => noticeText(notice).text)).not.toThrow();
  }
});

async function consume(how: 'throws' | 'rejects', thrown: unknown) {
  const published: OutgoingRecord[] = [];
  const settled: string[] = [];
  const notices: Notice[] = [];
  const stop = new AbortController();
  const backend: Partial<Backend> = {
    name: 'stub',
    createGroup: () => Promise.resolve(true),
    publish: (records) => {
      published.push(...records);
      return Promise.resolve(records.map(() => '0'));
    },
    consume: async (_subscription, handle) => {
      const of = { topic: 't', partition: 0, timestamp: 0, isReplay: false, key: null, headers: [] };
      for (const position of ['bad', 'good']) {
        await handle({ ...of, position, value: Buffer.from(position) }, new AbortController().signal);
        settled.push(position);
      }
      stop.abort();
    },
  };
  const metadata = { type: EVENT.type, id: '1', minorversion: 0, source: '', sourcehost: '', time: '', sourcelib: [] };
  const codec: Partial<RecordCodec> = {
    typeOf: () => EVENT.type,
    decode: () => ({ definition: EVENT, metadata, data: {} }),
    decodeKey: () => null,
  };
  const backoff = { initialMs: 1, maxMs: 2 };
  const observe = (notice: Notice) => notices.push(notice);
  const consumer = new Consumer({
    backend: backend as Backend,
    codec: codec as RecordCodec,
    observe,
    handlersOf: () => [
      {
        name: 'Handler.handle',
        policy: { attempts: ATTEMPTS, delayMs: 1, maxDelayMs: 2, then: 'dead-letter' },
        handle: (_event, { delivery }) => {
          if (delivery.record.position === 'good') return Promise.resolve();
          // Handlers throw whatever they like.

          if (how === 'throws') throw thrown;
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
          return Promise.reject(thrown);
        },
      },
    ],
    subscription: { topic: 't', group: 'g', member: 'm', start: 'earliest', maxInFlight: 1, stopBudgetMs: 1_000 },
    ordering: 'partition',
    concurrency: 1,
    middleware: [deadLetter({ publisher: backend as Backend, observe, backoff })],
    backoff,
    reconnect: backoff,
    errorsLimit: undefined,
  });
  await consumer.run(stop.signal);
  return { published, settled, notices };
}
