import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { DEAD_LETTER_HEADERS, deadLetter } from '../../middleware/dead-letter.js';
import type { Backend, HandleRecord, OutgoingRecord, ReceivedRecord, Subscription } from '../backend.js';
import { sleep } from '../backoff.js';
import { Consumer, type ConsumerOptions } from './consumer.js';
import type { FailurePolicy, Handler, Middleware } from './delivery.js';
import {
  AbandonedError,
  AccessRefusedError,
  ErrorsLimitError,
  HaltError,
  HandoverError,
  RecordRefusedError,
  UnavailableError,
  UnrecoverableError,
  UnusableRecordError,
} from '../errors.js';
import { defineEvent } from '../event/define-event.js';
import type { Notice } from '../notices/notice.js';
import { noticeText } from '../notices/notice-text.js';
import { Released } from './open-delivery.js';

const EVENT = defineEvent(JSON.stringify({ type: 'record', name: 'CloudEvent', namespace: 'test.v1', fields: [] }));
const POLICY: FailurePolicy = { attempts: 3, delayMs: 1, maxDelayMs: 2, then: 'dead-letter' };

describe('Consumer', () => {
  it('holds the lane of an event that waits for its retry, and lets other keys pass', async () => {
    const calls: string[] = [];
    const handler = handling((key) => {
      calls.push(key);
      if (key === 'a1' && calls.filter((call) => call === 'a1').length < 3) throw new Error('not yet');
    });
    const bench = new Bench(['a1', 'b1', 'a2'], { ordering: 'key', concurrency: 2, handlers: [handler] });
    await bench.runUntilSettled(3);
    expect(calls.filter((call) => call.startsWith('a'))).toEqual(['a1', 'a1', 'a1', 'a2']);
    expect(calls.indexOf('b1')).toBeLessThan(calls.indexOf('a2'));
    expect(bench.settled.at(-1)).toBe('a2');
  });

  it('keeps strict order with ordering partition, retries included', async () => {
    const calls: string[] = [];
    const handler = handling((key) => {
      calls.push(key);
      if (calls.length === 1) throw new Error('once');
    });
    const bench = new Bench(['a1', 'b1', 'c1'], { handlers: [handler] });
    await bench.runUntilSettled(3);
    expect(calls).toEqual(['a1', 'a1', 'b1', 'c1']);
  });

  it.each([1, 3])('runs at most concurrency handlers at once: %d', async (concurrency) => {
    let open = 0;
    let most = 0;
    const handler = handling(async () => {
      most = Math.max(most, (open += 1));
      await sleep(2, new AbortController().signal);
      open -= 1;
    });
    const keys = Array.from({ length: 12 }, (_, n) => `k${n}`);
    const bench = new Bench(keys, { ordering: 'none', concurrency, handlers: [handler] });
    await bench.runUntilSettled(12);
    expect(most).toBe(concurrency);
  });

  it('ends its wait when the registry answers, also if the record cannot be read then', async () => {
    let tries = 0;
    const bench = new Bench(['a1'], {
      handlers: [handling(() => undefined)],
      decode: () => {
        tries += 1;
        throw tries < 3 ? new UnavailableError('registry away') : new Error('no such schema');
      },
    });
    await bench.runUntilSettled(1);
    const kinds = bench.notices.map(({ kind }) => kind);
    expect(kinds.filter((kind) => ['waiting', 'resumed', 'dead-lettered'].includes(kind))).toEqual([
      'waiting',
      'waiting',
      'resumed',
      'dead-lettered',
    ]);
  });

  it('waits inside the call while the registry is away, and loses nothing', async () => {
    let tries = 0;
    const bench = new Bench(['a1'], {
      handlers: [handling(() => undefined)],
      decode: () => {
        tries += 1;
        if (tries < 4) throw new UnavailableError('registry away');
      },
    });
    await bench.runUntilSettled(1);
    expect(tries).toBe(4);
    expect(bench.notices.filter(({ kind }) => kind === 'waiting')).toHaveLength(3);
    expect(bench.published).toEqual([]);
  });

  it('settles a record only after its dead letter is written, and tries that for ever', async () => {
    const bench = new Bench(['a1'], { handlers: [handling(() => Promise.reject(new Error('no')))], refusePublish: 5 });
    await bench.runUntilSettled(1);
    expect(bench.published.map(({ topic }) => topic)).toEqual(['t-g-dead-letters']);
    expect(bench.log.indexOf('published')).toBeLessThan(bench.log.indexOf('settled a1'));
    expect(bench.notices.filter(({ kind }) => kind === 'waiting')).toHaveLength(5);
  });

  it('sets aside a record that leaves no room for its cause', async () => {
    const bench = new Bench(['a1'], {
      handlers: [handling(() => Promise.reject(new Error('no')))],
      maxHeaders: 0,
    });
    await bench.runUntilSettled(1);
    expect(bench.published.map(({ headers }) => headers)).toEqual([[]]);
    expect(bench.notices.filter(({ kind }) => kind === 'waiting')).toEqual([]);
  });

  it('waits with all of the cause while the rights to set a record aside are missing', async () => {
    const refusal = new RecordRefusedError('no Write', { cause: new AccessRefusedError('no Write') });
    const bench = new Bench(['a1'], {
      handlers: [handling(() => Promise.reject(new Error('no')))],
      refusePublish: 4,
      refusal,
    });
    await bench.runUntilSettled(1);
    const names = bench.published.map(({ headers }) => headers.map(([name]) => name));
    expect(names).toEqual([Object.values(DEAD_LETTER_HEADERS)]);
    expect(bench.notices.filter(({ kind }) => kind === 'waiting')).toHaveLength(4);
  });

  it('sets aside a record that crashes the codec, whatever it throws', async () => {
    const bench = new Bench(['a1', 'b1'], {
      handlers: [handling(() => undefined)],
      decode: (key) => {
        if (key === 'a1') throw new TypeError('cannot read properties of undefined');
      },
    });
    await bench.runUntilSettled(2);
    expect(bench.published).toHaveLength(1);
  });

  it('does not call a handler again whose data class refused the data', async () => {
    let calls = 0;
    const handler = handling(() => {
      calls += 1;
      throw new UnusableRecordError('does not fit');
    });
    const bench = new Bench(['a1'], { handlers: [handler] });
    await bench.runUntilSettled(1);
    expect(calls).toBe(1);
    expect(bench.published).toHaveLength(1);
  });

  it('calls a handler again that throws before it has a promise, and gives its slot back', async () => {
    let calls = 0;
    const throwing: Handler = {
      ...handling(() => undefined),
      handle: () => {
        calls += 1;
        if (calls < 3) throw new Error('at once');
        return Promise.resolve();
      },
    };
    const bench = new Bench(['a1', 'b1'], { ordering: 'key', concurrency: 1, handlers: [throwing] });
    await bench.runUntilSettled(2);
    expect(calls).toBe(4);
    expect(bench.published).toEqual([]);
  });

  it('passes each record through its middleware, the first outermost', async () => {
    const seen: string[] = [];
    const middleware = ['outer', 'inner'].map((name): Middleware => async ({ record }, next) => {
      seen.push(`${name} ${record.position}`);
      const outcome = await next();
      seen.push(`${name} ${outcome}`);
      return outcome;
    });
    const handler = handling((key) => void seen.push(key));
    const bench = new Bench(['a1', 'a2'], { handlers: [handler], middleware });
    await bench.runUntilSettled(2);
    const of = (key: string) => [`outer ${key}`, `inner ${key}`, key, 'inner handled', 'outer handled'];
    expect(seen).toEqual([...of('a1'), ...of('a2')]);
  });

  it('tells of a record, in this order: received, failed attempts, processed', async () => {
    let calls = 0;
    const handler = handling(() => {
      if ((calls += 1) === 1) throw new Error('once');
    });
    const bench = new Bench(['a1', 'a2'], { handlers: [handler] });
    await bench.runUntilSettled(2);
    const about = bench.notices.filter((notice) => 'delivery' in notice).map(({ kind }) => kind);
    expect(about).toEqual(['received', 'handler-failed', 'processed', 'received', 'processed']);
  });

  it('gives a record back whose middleware throws, and ends', async () => {
    const throwing: Middleware = () => {
      throw new Error('at once');
    };
    const bench = new Bench(['a1', 'a2'], { handlers: [handling(() => undefined)], middleware: [throwing] });
    await expect(bench.run()).rejects.toThrow('at once');
    expect(bench.settled).toEqual([]);
    expect(bench.notices.map(({ kind }) => kind).filter((kind) => kind === 'released')).toEqual(['released']);
  });

  it('at stop gives back what has not started, and lets what runs end', async () => {
    const running = handling(() => bench.stopThen(5));
    const bench: Bench = new Bench(['a1', 'a2', 'a3'], { handlers: [running] });
    await bench.run();
    expect(bench.settled).toEqual(['a1']);
    expect(bench.released).toEqual(['a2', 'a3']);
  });

  it('at stop ends a wait that would outlast the budget, and lets a shorter one go on', async () => {
    const failing = (delayMs: number, stopBudgetMs: number) => {
      let calls = 0;
      const handler = handling(
        () => {
          calls += 1;
          if (calls > 1) return;
          setImmediate(() => bench.stop());
          throw new Error('once');
        },
        { ...POLICY, delayMs, maxDelayMs: delayMs },
      );
      const bench: Bench = new Bench(['a1'], { handlers: [handler], stopBudgetMs });
      return bench;
    };
    const short = failing(5, 1_000);
    await short.run();
    expect(short.settled).toEqual(['a1']);
    const long = failing(60_000, 100);
    await long.run();
    expect(long.settled).toEqual([]);
    expect(long.released).toEqual(['a1']);
  });

  it.each([
    ['dead-letter', new Error('the pool is closed')],
    ['skip', new Error('the pool is closed')],
    ['halt', new Error('the pool is closed')],
    ['dead-letter', new UnrecoverableError('never')],
  ] as const)(
    'spends no attempt once a stop has begun: what fails then is left unsettled (%s, %s)',
    async (then, error) => {
      let calls = 0;
      const handler = handling(
        async () => {
          calls += 1;
          await bench.stopThen(2);
          throw error;
        },
        { ...POLICY, attempts: 1, then },
      );
      const bench: Bench = new Bench(['a1', 'a2'], { handlers: [handler], errorsLimit: 1 });
      await bench.run();
      expect(calls).toBe(1);
      expect([bench.settled, bench.released, bench.published]).toEqual([[], ['a1', 'a2'], []]);
      const failed = bench.notices.filter(({ kind }) => kind === 'handler-failed');
      expect(failed).toMatchObject([{ isReleased: true, retryInMs: undefined, error }]);
      expect(noticeText(failed[0] as Notice)).toMatchObject({
        level: 'warn',
        text: expect.stringMatching(
          /^Handler failed while the consumer was stopping; this does not count, and the event will be handled again: .* attempt=1\/1/,
        ) as string,
      });
    },
  );

  it('lets a good handler end whose companion fails once a stop has begun, and leaves the record unsettled', async () => {
    const done: string[] = [];
    const failing = handling(async () => {
      await bench.stopThen(1);
      throw new Error('the pool is closed');
    });
    const good = handling(async (key) => {
      await sleep(5, new AbortController().signal);
      done.push(key);
    });
    const bench: Bench = new Bench(['a1'], { concurrency: 2, ordering: 'none', handlers: [failing, good] });
    await bench.run();
    expect(done).toEqual(['a1']);
    expect(bench.settled).toEqual([]);
  });

  it('calls a handler again only if its predicate says so, and also when that fails', async () => {
    const asked: unknown[] = [];
    const calls: string[] = [];
    const failing = (retryIf: FailurePolicy['retryIf']) =>
      handling(
        (key) => {
          calls.push(key);
          throw new TypeError(key);
        },
        { ...POLICY, retryIf },
      );
    const never = failing((error) => {
      asked.push(error);
      return false;
    });
    const bench = new Bench(['a1'], { handlers: [never] });
    await bench.runUntilSettled(1);
    expect(calls).toEqual(['a1']);
    expect(asked).toEqual([new TypeError('a1')]);
    expect(bench.published).toHaveLength(1);

    const crashing = failing(() => {
      throw new Error('no predicate');
    });
    const other = new Bench(['b1'], { handlers: [crashing] });
    await other.runUntilSettled(1);
    expect(calls).toEqual(['a1', 'b1', 'b1', 'b1']);
    const report = other.notices.find(({ kind }) => kind === 'backend-report');
    expect(noticeText(report as Notice).text).toBe(
      'retryIf failed; the handler is called again: handler=Handler.handle error="no predicate"',
    );
  });

  it('settles events that nobody handles, sets them aside or halts, as it is told', async () => {
    const passing = new Bench(['a1'], { handlers: [] });
    await passing.runUntilSettled(1);
    expect(passing.published).toEqual([]);

    const aside = new Bench(['a1', 'a2'], { handlers: [], onUnhandled: () => 'dead-letter' });
    await aside.runUntilSettled(2);
    const causes = aside.published.map(({ headers }) => Object.fromEntries(headers));
    const text = (cause: (typeof causes)[number] | undefined, name: string) =>
      Buffer.from(cause?.[name] ?? []).toString();
    expect(causes.map((cause) => text(cause, DEAD_LETTER_HEADERS.reason))).toEqual(['unhandled', 'unhandled']);
    expect(text(causes[0], DEAD_LETTER_HEADERS.error)).toBe('This consumer has no handler for events of type test.v1.');

    const halting = new Bench(['a1', 'a2'], { handlers: [], onUnhandled: () => 'halt' });
    const halted = halting.run();
    await expect(halted).rejects.toThrow(
      'Stopped at topic t, position a1 (policy halt): This consumer has no handler for events of type test.v1.',
    );
    await expect(halted).rejects.toBeInstanceOf(HaltError);
    expect(halting.settled).toEqual([]);
  });

  it.each([
    ['partition', 1],
    ['key', 1],
    ['key', 4],
    ['none', 3],
  ] as const)(
    'begins every attempt in a clean async context: ordering %s, concurrency %d',
    async (ordering, concurrency) => {
      const store = new AsyncLocalStorage<string>();
      const seen: (string | undefined)[] = [];
      const tried = new Set<string>();
      const entering = (name: string): Handler => ({
        ...handling(() => undefined),
        // Like a guard, before the first await.
        handle: (_, { delivery: { record } }) => {
          seen.push(store.getStore());
          store.enterWith(`${name} ${record.position}`);
          const isFirst = !tried.has(`${name} ${record.position}`);
          tried.add(`${name} ${record.position}`);
          if (isFirst && record.position === 'b1') throw new Error('once');
          return isFirst && record.position === 'a2' ? Promise.reject(new Error('once')) : Promise.resolve();
        },
      });
      const keys = ['a1', 'b1', 'a2', 'a3', 'b2', 'c1'];
      const bench = new Bench(keys, { ordering, concurrency, handlers: [entering('one'), entering('other')] });
      await store.run('of who starts the consumer', () => bench.runUntilSettled(keys.length));
      expect(seen).toHaveLength(2 * (keys.length + 2));
      expect(seen.filter((each) => each !== undefined)).toEqual([]);
    },
  );

  it('lets middleware give its handlers an async context', async () => {
    const store = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const tracing: Middleware = ({ record }, next) => store.run(record.position, next);
    const handler = handling(() => void seen.push(store.getStore()));
    const bench = new Bench(['a1', 'a2'], { handlers: [handler], middleware: [tracing] });
    await bench.runUntilSettled(2);
    expect(seen).toEqual(['a1', 'a2']);
  });

  it('tells when its group has a position, and when it has its share', async () => {
    const bench = new Bench(['a1'], { handlers: [handling(() => undefined)] });
    const steps: string[] = [];
    void bench.consumer.joined.then(() => steps.push('joined', ...bench.log));
    void bench.consumer.assigned.then(() => steps.push('assigned', ...bench.log));
    await bench.runUntilSettled(1);
    expect(steps).toEqual(['joined', 'assigned']);

    const refused = new Bench(['a1'], { handlers: [], groupFailure: new AccessRefusedError('no rights') });
    await expect(refused.run()).rejects.toThrow('no rights');
    await expect(refused.consumer.joined).rejects.toThrow('no rights');
    await expect(refused.consumer.assigned).rejects.toThrow('no rights');

    const stopped = new Bench(['a1'], { handlers: [], failConsume: Infinity });
    stopped.stop();
    await stopped.run();
    await expect(stopped.consumer.joined).resolves.toBeUndefined();
    await expect(stopped.consumer.assigned).rejects.toThrow(
      'The consumer of t was stopped before it got its share of the topic.',
    );
  });

  it('leaves a lost record to its next member: no dead letter, no count', async () => {
    const handler = handling(
      () => {
        bench.lose('a1');
        throw new Error('no');
      },
      { ...POLICY, attempts: 1 },
    );
    const bench: Bench = new Bench(['a1'], { handlers: [handler], errorsLimit: 1 });
    await bench.runUntil(() => bench.released.length === 1);
    expect(bench.published).toEqual([]);
    expect(bench.settled).toEqual([]);
  });

  it('leaves a lost record to its next member also when it cannot be read', async () => {
    const decode = (key: string) => {
      bench.lose(key);
      throw new UnusableRecordError('no');
    };
    const bench: Bench = new Bench(['a1'], { handlers: [handling(() => undefined)], decode });
    await bench.runUntil(() => bench.released.length + bench.settled.length === 1);
    expect(bench.published).toEqual([]);
    expect(bench.released).toEqual(['a1']);
  });

  it('settles what has begun before a handover, and begins nothing more', async () => {
    const handler = handling((key) => {
      if (key === 'a1') for (const each of ['a1', 'a2']) bench.handOver(each);
    });
    const other = handling(() => undefined);
    const bench: Bench = new Bench(['a1', 'a2'], { handlers: [handler, other] });
    await bench.runUntil(() => bench.released.length === 1);
    expect(bench.settled).toEqual(['a1']);
    expect(bench.released).toEqual(['a2']);
  });

  it('reports a handler that outlives the stop budget, and ends with an error', async () => {
    const handler = handling(() => {
      bench.stop();
      return new Promise(() => undefined);
    });
    const bench: Bench = new Bench(['a1'], { handlers: [handler], stopBudgetMs: 10, abandonAfterMs: 20 });
    await expect(bench.run()).rejects.toBeInstanceOf(AbandonedError);
    expect(bench.notices.filter(({ kind }) => kind === 'abandoned')).toHaveLength(1);
  });

  it('says when the backend answers again, and that it has stopped', async () => {
    const bench = new Bench(['a1'], { handlers: [handling(() => undefined)], failConsume: 1 });
    await bench.runUntilSettled(1);
    const kinds = bench.notices.map(({ kind }) => kind);
    expect(kinds).toEqual([
      'group-joined',
      'disconnected',
      'reconnected',
      'assigned',
      'received',
      'processed',
      'stopped',
    ]);
  });

  it('ends when its access is refused before it has begun', async () => {
    const bench = new Bench(['a1'], { handlers: [], groupFailure: new AccessRefusedError('no rights') });
    await expect(bench.run()).rejects.toThrow('no rights');
    expect(bench.notices.map(({ kind }) => kind)).toEqual(['stopped']);
  });

  it('waits when its access is refused later, as that may be mended while it runs', async () => {
    const failure = new AccessRefusedError('password changed');
    const bench = new Bench(['a1'], { handlers: [handling(() => undefined)], failConsume: 2, failure });
    await bench.runUntilSettled(1);
    expect(bench.notices.filter(({ kind }) => kind === 'disconnected')).toHaveLength(2);
  });

  it('sets aside an event whose own check crashes', async () => {
    const bench = new Bench(['a1', 'b1'], {
      handlers: [handling(() => undefined)],
      validate: () => {
        throw new TypeError('cannot read properties of undefined');
      },
    });
    await bench.runUntilSettled(2);
    expect(bench.published).toHaveLength(2);
  });

  it('ends a wait, never a running handler, when the record is lost', async () => {
    let calls = 0;
    const handler = handling(
      () => {
        calls += 1;
        bench.lose('a1');
        throw new Error('again');
      },
      { ...POLICY, delayMs: 60_000, maxDelayMs: 60_000 },
    );
    const bench: Bench = new Bench(['a1', 'b1'], { ordering: 'key', handlers: [handler] });
    await bench.runUntil(() => bench.released.includes('a1'));
    expect(calls).toBeGreaterThanOrEqual(1);
    expect(bench.settled).not.toContain('a1');
  });

  it('halts: the record stays unsettled, nothing later starts, run rejects', async () => {
    const calls: string[] = [];
    const handler = handling(
      (key) => {
        calls.push(key);
        throw new Error('stop here');
      },
      { ...POLICY, attempts: 1, then: 'halt' },
    );
    const bench = new Bench(['a1', 'a2'], { handlers: [handler] });
    await expect(bench.run()).rejects.toBeInstanceOf(HaltError);
    expect(calls).toEqual(['a1']);
    expect(bench.settled).toEqual([]);
    expect(bench.published).toEqual([]);
  });

  it('ends at the limit of failures in a row, the last one settled', async () => {
    const handler = handling(
      (key) => {
        if (key !== 'b1') throw new Error('no');
      },
      { ...POLICY, attempts: 1 },
    );
    const bench = new Bench(['a1', 'b1', 'a2', 'a3', 'a4'], { handlers: [handler], errorsLimit: 2 });
    await expect(bench.run()).rejects.toBeInstanceOf(ErrorsLimitError);
    expect(bench.settled).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  it('asks a failed backend again, for ever, with growing waits', async () => {
    const bench = new Bench(['a1'], { handlers: [handling(() => undefined)], failConsume: 3 });
    await bench.runUntilSettled(1);
    expect(bench.notices.filter(({ kind }) => kind === 'disconnected')).toHaveLength(3);
  });
});

interface BenchOptions extends Partial<
  Pick<ConsumerOptions, 'ordering' | 'concurrency' | 'errorsLimit' | 'middleware' | 'onUnhandled'>
> {
  readonly handlers: readonly Handler[];
  readonly decode?: (key: string) => void;
  readonly refusePublish?: number;
  /** The error of a refusal. */
  readonly refusal?: Error;
  readonly maxHeaders?: number;
  readonly failConsume?: number;
  /** The error of a failure. */
  readonly failure?: Error;
  readonly groupFailure?: Error;
  readonly stopBudgetMs?: number;
  /** Like a backend whose stop budget is spent: it resolves although calls are open. */
  readonly abandonAfterMs?: number;
  readonly validate?: () => readonly string[];
}

/**
 * A consumer of records in memory. A record's name starts with its key (`a1` has the key `a`). The fields record what
 * the consumer decides.
 */
class Bench {
  readonly settled: string[] = [];
  readonly released: string[] = [];
  readonly published: OutgoingRecord[] = [];
  readonly log: string[] = [];
  readonly notices: Notice[] = [];
  readonly #stop = new AbortController();
  readonly #lost = new Map<string, AbortController>();
  readonly consumer: Consumer;
  #refusals: number;
  readonly #refusal: Error;
  #maxHeaders: number;
  #failures: number;
  readonly #failure: Error;
  readonly #groupFailure: Error | undefined;
  readonly #abandonAfterMs: number | undefined;

  constructor(
    private readonly keys: readonly string[],
    {
      handlers,
      decode,
      refusePublish = 0,
      refusal = new UnavailableError('disk full'),
      maxHeaders = Infinity,
      failConsume = 0,
      failure = new UnavailableError('gone'),
      groupFailure,
      stopBudgetMs = 1_000,
      abandonAfterMs,
      validate,
      middleware = [],
      ...options
    }: BenchOptions,
  ) {
    this.#refusals = refusePublish;
    this.#refusal = refusal;
    this.#maxHeaders = maxHeaders;
    this.#failures = failConsume;
    this.#failure = failure;
    this.#groupFailure = groupFailure;
    this.#abandonAfterMs = abandonAfterMs;
    const observe = (notice: Notice) => this.notices.push(notice);
    const backoff = { initialMs: 1, maxMs: 2 };
    const backend = this.#backend();
    this.consumer = new Consumer({
      backend,
      observe,
      backoff,
      reconnect: backoff,
      ordering: 'partition',
      concurrency: 1,
      errorsLimit: undefined,
      ...options,
      handlersOf: () => handlers,
      middleware: [...middleware, deadLetter({ publisher: backend, observe, backoff })],
      subscription: { topic: 't', group: 'g', member: 'm', start: 'earliest', maxInFlight: 100, stopBudgetMs },
      codec: {
        typeOf: () => EVENT.type,
        decode: (record) => {
          decode?.(record.position);
          const metadata = {
            type: EVENT.type,
            id: record.position,
            minorversion: 0,
            source: '',
            sourcehost: '',
            time: '',
            sourcelib: [],
          };
          const definition = validate === undefined ? EVENT : { ...EVENT, validate };
          return { definition, metadata, data: {} };
        },
        decodeKey: ({ key }) => Buffer.from(key ?? []).toString(),
        encode: () => ({ key: null, value: null, headers: [] }),
        checkKeyField: () => undefined,
      },
    });
  }

  run(): Promise<void> {
    return this.consumer.run(this.#stop.signal);
  }

  runUntilSettled(count: number): Promise<void> {
    return this.runUntil(() => this.settled.length >= count);
  }

  async runUntil(condition: () => boolean): Promise<void> {
    const timer = setInterval(() => {
      if (condition()) this.stop();
    }, 1);
    await this.run();
    clearInterval(timer);
  }

  stop(): void {
    this.#stop.abort();
  }

  stopThen(ms: number): Promise<void> {
    this.stop();
    return sleep(ms, new AbortController().signal);
  }

  lose(key: string): void {
    this.#lost.get(key)?.abort(new Error('taken'));
  }

  handOver(key: string): void {
    this.#lost.get(key)?.abort(new HandoverError('goes to another member'));
  }

  #backend(): Backend {
    return {
      name: 'memory',
      createGroup: () =>
        this.#groupFailure === undefined ? Promise.resolve(true) : Promise.reject(this.#groupFailure),
      ping: () => Promise.resolve(),
      publish: (records: readonly OutgoingRecord[]) => {
        if (this.#refusals-- > 0) return Promise.reject(this.#refusal);
        if (records.some(({ headers }) => headers.length > this.#maxHeaders)) {
          return Promise.reject(new RecordRefusedError('too large'));
        }
        this.published.push(...records);
        this.log.push('published');
        return Promise.resolve(records.map(() => '1'));
      },
      consume: ({ onAssigned }: Subscription, handle: HandleRecord, stop: AbortSignal) => {
        if (this.#failures-- > 0) return Promise.reject(this.#failure);
        onAssigned?.();
        return this.#consume(handle, stop);
      },
    } as unknown as Backend;
  }

  async #consume(handle: HandleRecord, stop: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    const calls = this.keys.map(async (name) => {
      const lost = new AbortController();
      this.#lost.set(name, lost);
      try {
        await handle(recordOf(name), lost.signal);
        this.settled.push(name);
        this.log.push(`settled ${name}`);
      } catch (error) {
        this.released.push(name);
        if (!lost.signal.aborted && !(error instanceof Released)) failures.push(error);
      }
    });
    await (this.#abandonAfterMs === undefined
      ? Promise.all(calls)
      : sleep(this.#abandonAfterMs, new AbortController().signal));
    if (failures.length > 0) throw failures[0] instanceof Error ? failures[0] : new Error('failed');
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  }
}

function recordOf(name: string): ReceivedRecord {
  return {
    topic: 't',
    partition: 0,
    position: name,
    key: Buffer.from(name.charAt(0)),
    value: Buffer.from('x'),
    headers: [],
    timestamp: 0,
    isReplay: false,
  };
}

function handling(handle: (name: string) => void | Promise<void>, policy: FailurePolicy = POLICY): Handler {
  return {
    name: 'Handler.handle',
    policy,
    handle: async (_, { delivery }) => {
      await handle(delivery.record.position);
    },
  };
}
