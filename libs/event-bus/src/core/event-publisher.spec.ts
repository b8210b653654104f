import { describe, expect, it } from 'vitest';
import type { OutgoingRecord } from './backend.js';
import type { Encoded, RecordCodec } from './codec.js';
import { InvalidEventError, PublishError, UnavailableError } from './errors.js';
import type { EventDefinition } from './event.js';
import { EventPublisher } from './event-publisher.js';

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

  it('rejects with what the registry says when it refuses the schema', async () => {
    const { publisher } = publisherWith(() => Promise.reject(new InvalidEventError('incompatible')));
    await expect(publisher.publish(NEW, 'first', { topic: 'a' })).rejects.toThrow(InvalidEventError);
  });
});

function publisherWith(encodeNew: () => Promise<Encoded>): {
  readonly publisher: EventPublisher;
  readonly sent: readonly string[];
} {
  const sent: string[] = [];
  const codec: Pick<RecordCodec, 'encode' | 'decodeKey'> = {
    encode: ({ definition, data }) => (definition === NEW ? encodeNew() : encoded(data as string)),
    decodeKey: () => null,
  };
  const publisher = new EventPublisher({
    publisher: {
      publish: (records: readonly OutgoingRecord[]) => {
        for (const { value } of records) sent.push(Buffer.from(value ?? []).toString());
        return Promise.resolve(records.map(() => '0'));
      },
    },
    codec: codec as RecordCodec,
    routes: new Map(),
    observe: () => undefined,
    topicPrefix: undefined,
    service: 'test',
    timeoutMs: 1_000,
  });
  return { publisher, sent };
}

function encoded(text: string): Encoded {
  return { key: null, value: Buffer.from(text), headers: [] };
}

function deferred<Result>(): { promise: Promise<Result>; resolve: (value: Result) => void } {
  let resolve!: (value: Result) => void;
  const promise = new Promise<Result>((done) => (resolve = done));
  return { promise, resolve };
}
