import { randomBytes } from 'node:crypto';
import { newMetadata } from 'nest-event-bus/core';
import { confluentCodec, schemaRegistry } from 'nest-event-bus/kafka';
import { expect, it } from 'vitest';
import { NUMBERED } from '../apps/src/events.js';
import { requires } from '../support/requirements.js';

/**
 * The inner record of NUMBERED as a schema of its own, which others reference. Java publishers register shared types
 * this way.
 */
const NUMBER_DATA = {
  type: 'record',
  name: 'NumberData',
  namespace: 'test.shared',
  fields: [
    { name: 'key', type: 'string' },
    { name: 'seq', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
};
const REFERRING = {
  type: 'record',
  name: 'CloudEvent',
  namespace: 'test.numbered.v1',
  fields: [{ name: 'number', type: 'test.shared.NumberData' }],
};

await requires('registry', 'A schema registry', (address) => {
  it('gives a schema that refers to another, by which a record is read', async () => {
    const url = await address();
    const topic = `references-${randomBytes(4).toString('hex')}`;
    await register(url, `${topic}-shared`, NUMBER_DATA);
    const id = await register(url, `${topic}-value`, REFERRING, [
      { name: 'test.shared.NumberData', subject: `${topic}-shared`, version: 1 },
    ]);

    const codec = confluentCodec({ definitions: [NUMBERED], registry: schemaRegistry({ url }) });
    const metadata = newMetadata({ type: NUMBERED.type, minorversion: 0, service: 'test' });
    const data = { number: { key: 'k', seq: 7, note: 'written elsewhere' } };
    const encoded = await codec.encode({ definition: NUMBERED, metadata, data }, undefined, topic);
    const value = Buffer.from(encoded.value ?? []);
    expect(value.readInt32BE(1)).not.toBe(id);
    value.writeInt32BE(id, 1);
    const received = { topic, partition: 0, position: '0:0', timestamp: 0, isReplay: false };
    expect(await codec.decode({ ...encoded, ...received, value })).toMatchObject({ data });
  });
});

async function register(
  url: string,
  subject: string,
  schema: unknown,
  references: readonly unknown[] = [],
): Promise<number> {
  const response = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: JSON.stringify(schema), schemaType: 'AVRO', references }),
  });
  const body = (await response.json()) as { readonly id?: number };
  if (body.id === undefined) throw new Error(`${subject} was not registered: ${JSON.stringify(body)}`);
  return body.id;
}
