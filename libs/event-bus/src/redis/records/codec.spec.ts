import { describe, expect, it } from 'vitest';

import { bodyCodec, compileSchema } from '../../avro/index.js';
import type { Headers, ReceivedRecord } from '../../core/backend.js';
import type { Encoded } from '../../core/event/codec.js';
import { UnavailableError, UnusableRecordError } from '../../core/errors.js';
import { defineEvent } from '../../core/event/define-event.js';
import { redisCodec, SCHEMA_HEADER } from './codec.js';
import type { SchemaStore } from './schema-store.js';

const field = (name: string, rest: object = { type: 'string' }) => ({ name, ...rest });
const version = (...fields: object[]) =>
  defineEvent(JSON.stringify({ type: 'record', name: 'CloudEvent', namespace: 'x.v1', fields }), { keyField: 'user' });
const V1 = version(field('user'), field('age', { type: 'long' }));
/** A new field in the middle. Read with the other version's schema, an entry decodes wrongly or not at all. */
const V2 = version(
  field('user'),
  field('note', { type: ['null', 'string'], default: null }),
  field('age', { type: 'long' }),
);

const metadata = {
  type: 'x.v1',
  id: '3f2b1c9e-8d4a-4f6b-9a7c-0e5d2f1b8a6c',
  minorversion: 0,
  source: 'openedx/a/web',
  sourcehost: 'h',
  time: '2026-02-28T12:34:56+00:00',
  sourcelib: [1, 0],
};
const ada = { user: 'ada', age: 36 };

describe('the codec of Redis', () => {
  it('reads entries of another version by the schema of their writer', async () => {
    const schemas = store();
    const written = await redisCodec({ definitions: [V1], schemas }).encode(
      { definition: V1, metadata, data: ada },
      'user',
      't',
    );
    const read = await redisCodec({ definitions: [V2], schemas }).decode(received(written));
    expect(read.data).toEqual({ ...ada, note: null });
    const newer = { ...ada, note: 'first' };
    const back = await redisCodec({ definitions: [V2], schemas }).encode(
      { definition: V2, metadata, data: newer },
      'user',
      't',
    );
    expect((await redisCodec({ definitions: [V1], schemas }).decode(received(back))).data).toEqual(ada);
  });

  it('asks the store once for each writer, and does not wait afterwards', async () => {
    const schemas = store();
    const written = await redisCodec({ definitions: [V1], schemas }).encode(
      { definition: V1, metadata, data: ada },
      undefined,
      't',
    );
    const codec = redisCodec({ definitions: [V2], schemas });
    await codec.decode(received(written));
    expect(codec.decode(received(written))).not.toBeInstanceOf(Promise);
    expect(schemas.asked).toBe(1);
  });

  it('reads entries without a fingerprint, such as those of Python, by its own schema', () => {
    const codec = redisCodec({ definitions: [V1], schemas: store() });
    const headers = attributes().filter(([name]) => name !== SCHEMA_HEADER);
    const value = bodyCodec('x.v1', compileSchema(V1.schema)).encode(ada);
    expect(codec.decode(received({ key: null, value, headers }))).toMatchObject({ data: ada, metadata });
  });

  it('takes an empty attribute for a missing one, as Python does', () => {
    const codec = redisCodec({ definitions: [V1] });
    const value = bodyCodec('x.v1', compileSchema(V1.schema)).encode(ada);
    const headers = attributes().map(([name, of]) => [name, name === 'source' ? Buffer.alloc(0) : of] as const);
    expect(codec.decode(received({ key: null, value, headers }))).toMatchObject({
      metadata: { ...metadata, source: undefined },
    });
    const withoutId = headers.map(([name, of]) => [name, name === 'id' ? Buffer.alloc(0) : of] as const);
    expect(() => codec.decode(received({ key: null, value, headers: withoutId }))).toThrow(UnusableRecordError);
  });

  it('says which schema is missing', async () => {
    const written = await redisCodec({ definitions: [V1], schemas: store() }).encode(
      { definition: V1, metadata, data: ada },
      undefined,
      't',
    );
    const codec = redisCodec({ definitions: [V2], schemas: store() });
    await expect(codec.decode(received(written))).rejects.toThrow(
      /x\.v1: the publisher's schema [0-9a-f]{32} is not stored in this Redis/,
    );
  });

  it('publishes nothing whose schema could not be saved', async () => {
    const away: SchemaStore = { ...store(), save: () => Promise.reject(new UnavailableError('away')) };
    const codec = redisCodec({ definitions: [V1], schemas: away });
    await expect(codec.encode({ definition: V1, metadata, data: ada }, undefined, 't')).rejects.toThrow(
      UnavailableError,
    );
  });

  it('keeps entries without a key field in the lane of those that have one', async () => {
    const codec = redisCodec({ definitions: [V1], schemas: store() });
    const { key } = await codec.encode({ definition: V1, metadata, data: ada }, 'user', 't');
    const value = bodyCodec('x.v1', compileSchema(V1.schema)).encode(ada);
    expect(codec.laneOf?.(received({ key: null, value, headers: attributes() }))).toBe(
      Buffer.from(key ?? []).toString('latin1'),
    );
    expect(codec.laneOf?.(received({ key: null, value: Buffer.of(1), headers: attributes() }))).toBeUndefined();
  });
});

function attributes(): Headers {
  const codec = redisCodec({ definitions: [V1] });
  return (codec.encode({ definition: V1, metadata, data: ada }, undefined, 't') as Encoded).headers;
}

function received(encoded: Encoded): ReceivedRecord {
  return { topic: 't', partition: 0, position: '1-0', timestamp: 1, isReplay: false, ...encoded };
}

function store(): SchemaStore & { readonly asked: number } {
  const saved = new Map<string, string>();
  let asked = 0;
  return {
    get asked() {
      return asked;
    },
    save: (fingerprint, schema) => Promise.resolve(void saved.set(fingerprint, schema)),
    find: (fingerprint) => {
      asked += 1;
      return Promise.resolve(saved.get(fingerprint));
    },
  };
}
