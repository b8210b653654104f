import { describe, expect, it } from 'vitest';
import type { OutgoingRecord, PublishCallOptions } from '../backend.js';
import type { Encoded, RecordCodec } from '../event/codec.js';
import { InvalidEventError, PublishError, UnavailableError } from '../errors.js';
import type { EventDefinition } from '../event/event.js';
import type { Notice } from '../notices/notice.js';
import { noticeText } from '../notices/notice-text.js';
import { EventPublisher, type EventPublisherOptions } from './event-publisher.js';

const KNOWN: EventDefinition = { type: 'known.v1', minorversion: 0, schema: '{}' };
const NEW: EventDefinition = { type: 'new.v1', minorversion: 0, schema: '{}' };

describe('publishing while a schema is being registered', () => {
  it('keeps the order of the calls of one topic, and holds up no other', async () => {
    const registered = deferred<Encoded>();
    const { publisher, sent } = publisherWith(() => registered.promise);
    const calls = [
      publisher.publish(NEW, 'first', { topic: 'a' }),
      publisher.publish(KNOWN, 'second', { topic: 'a' }),
      publisher.publish(KNOWN, 'elsewhere', { topic: 'b' }),
    ];
    await calls[2];
    expect(sent).toEqual(['elsewhere']);
    registered.resolve(encoded('first'));
    await Promise.all(calls);
    expect(sent).toEqual(['elsewhere', 'first', 'second']);
    await publisher.publish(KNOWN, 'third', { topic: 'a' });
    expect(sent.at(-1)).toBe('third');
  });

  it('rejects with all that is needed to send again when the registry is away, and goes on with later events', async () => {
    const { publisher, sent } = publisherWith(() => Promise.reject(new UnavailableError('away')));
    const [first] = await Promise.allSettled([
      publisher.publish(NEW, 'first', { topic: 'a' }),
      publisher.publish(KNOWN, 'second', { topic: 'a' }),
    ]);
    expect(first.status === 'rejected' && first.reason).toBeInstanceOf(PublishError);
    expect(sent).toEqual(['second']);
  });

  it('is waited for by settled, which goes by what was begun before', async () => {
    const registered = deferred<Encoded>();
    const { publisher, sent } = publisherWith(() => registered.promise);
    await publisher.settled();
    const calls = [publisher.publish(NEW, 'first', { topic: 'a' })];
    const settled = publisher.settled().then(() => sent.slice());
    registered.resolve(encoded('first'));
    expect(await settled).toEqual(['first']);
    await Promise.all(calls);
  });

  it('rejects at once, with all that is needed to send again, when too much waits already', async () => {
    const registered = deferred<Encoded>();
    const { publisher, sent } = publisherWith(() => registered.promise, { backlog: { records: 2, bytes: 1_000 } });
    const waiting = ['1', '2'].map((text) => publisher.publish(NEW, text, { topic: 'a' }));
    const refused = publisher.publish(KNOWN, '3', { topic: 'a' });
    await expect(refused).rejects.toThrow(PublishError);
    await expect(refused).rejects.toThrow(
      /known\.v1 \S+ to a: Could not publish to a: 2 records \(2 bytes\) already wait to be sent; the limit is 2 \(1000 bytes\)\. Publish more slowly, or wait for earlier calls\./,
    );
    await publisher.publish(KNOWN, 'elsewhere', { topic: 'b' });
    registered.resolve(encoded('new'));
    await Promise.all(waiting);
    await publisher.publish(KNOWN, '4', { topic: 'a' });
    expect(sent).toEqual(['elsewhere', 'new', 'new', '4']);
  });

  it('counts the bytes of what waits', async () => {
    const registered = deferred<Encoded>();
    const { publisher } = publisherWith(() => registered.promise, { backlog: { records: 100, bytes: 1_000 } });
    const waiting = publisher.publish(NEW, 'x'.repeat(900), { topic: 'a' });
    await expect(publisher.publish(KNOWN, 'x'.repeat(200), { topic: 'a' })).rejects.toThrow('1 records (900 bytes)');
    registered.resolve(encoded('new'));
    await waiting;
  });

  it('rejects with what the registry says when it refuses the schema', async () => {
    const { publisher } = publisherWith(() => Promise.reject(new InvalidEventError('incompatible')));
    await expect(publisher.publish(NEW, 'first', { topic: 'a' })).rejects.toThrow(InvalidEventError);
  });
});

describe('a publish that takes too long', () => {
  it('is rejected in time, and tells the backend that nobody waits for it any more', async () => {
    const { publisher, signals } = publisherWith(() => Promise.resolve(encoded('')), {
      timeoutMs: 5,
      confirms: new Promise(() => undefined),
    });
    const late = publisher.publish(KNOWN, 'late', { topic: 'a' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await expect(late).rejects.toThrow(/known\.v1 \S+ to a: a did not confirm within 5 ms/);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe('a service without a name', () => {
  const observed = (service: string | undefined) => {
    const lines: string[] = [];
    const observe = (notice: Notice) => {
      const { level, text } = noticeText(notice);
      if (notice.kind === 'service-unnamed') lines.push(`${level} ${text}`);
    };
    return { ...publisherWith(() => Promise.resolve(encoded('')), { service, observe }), lines };
  };

  it('is told once that nobody can see where its events come from', async () => {
    const { publisher, lines } = observed(undefined);
    for (const text of ['1', '2']) await publisher.publish(KNOWN, text, { topic: 'a' });
    expect(lines).toEqual([
      'warn Events are published without the name of this service, so consumers cannot tell where they come from; set EVENTS_SERVICE_NAME: source=openedx/SERVICE_NAME_UNSET/web type=known.v1',
    ]);
  });

  it.each<[string, string | undefined, string | undefined]>([
    ['it has a name', 'shop', undefined],
    ['the event has a source of its own', undefined, 'urn:shop'],
  ])('is told nothing when %s', async (_, service, source) => {
    const { publisher, lines } = observed(service);
    await publisher.publish(KNOWN, '1', { topic: 'a', metadata: source === undefined ? {} : { source } });
    expect(lines).toEqual([]);
  });
});

function publisherWith(
  encodeNew: () => Promise<Encoded>,
  {
    confirms = Promise.resolve(),
    ...options
  }: Partial<Pick<EventPublisherOptions, 'backlog' | 'timeoutMs' | 'service' | 'observe'>> & {
    readonly confirms?: Promise<void>;
  } = {},
): {
  readonly publisher: EventPublisher;
  readonly sent: readonly string[];
  readonly signals: readonly AbortSignal[];
} {
  const sent: string[] = [];
  const signals: AbortSignal[] = [];
  const codec: Pick<RecordCodec, 'encode' | 'decodeKey'> = {
    encode: ({ definition, data }) => (definition === NEW ? encodeNew() : encoded(data as string)),
    decodeKey: () => null,
  };
  const publisher = new EventPublisher({
    publisher: {
      publish: async (records: readonly OutgoingRecord[], { signal }: PublishCallOptions = {}) => {
        for (const { value } of records) sent.push(Buffer.from(value ?? []).toString());
        if (signal !== undefined) signals.push(signal);
        await confirms;
        return records.map(() => '0');
      },
    },
    codec: codec as RecordCodec,
    routes: new Map(),
    observe: () => undefined,
    topicPrefix: undefined,
    service: 'test',
    timeoutMs: 1_000,
    ...options,
  });
  return { publisher, sent, signals };
}

function encoded(text: string): Encoded {
  return { key: null, value: Buffer.from(text), headers: [] };
}

function deferred<Result>(): { promise: Promise<Result>; resolve: (value: Result) => void } {
  let resolve!: (value: Result) => void;
  const promise = new Promise<Result>((done) => (resolve = done));
  return { promise, resolve };
}
