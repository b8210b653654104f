import { randomBytes } from 'node:crypto';
import { SchemaRegistry as KafkajsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { defaultSettings } from 'nest-event-bus';
import { cloudEventsHeaders, newMetadata } from 'nest-event-bus/core';
import { confluentCodec, kafka, schemaRegistry } from 'nest-event-bus/kafka';
import { describe, expect, it } from 'vitest';
import { kafkaUnit } from '../../libs/event-bus/src/kafka/settings/unit.js';
import { NUMBERED } from '../apps/src/events.js';
import { requires } from '../support/requirements.js';

const NOWHERE = 'http://127.0.0.1:1';
const DATA = { number: { key: 'k', seq: 7, note: 'written elsewhere' } };
const METADATA = newMetadata({ type: NUMBERED.type, minorversion: 0, service: 'test' });

await requires('registry', '@kafkajs/confluent-schema-registry', (address) => {
  describe('@kafkajs/confluent-schema-registry', () => {
    it('reads the key and the value that the bus writes', async () => {
      const url = await address();
      const { key, value } = await confluentCodec({
        definitions: [NUMBERED],
        registry: schemaRegistry({ url }),
      }).encode({ definition: NUMBERED, metadata: METADATA, data: DATA }, 'number.key', topicName());
      const theirs = new KafkajsRegistry({ host: url });
      expect(await theirs.decode(Buffer.from(key ?? []))).toBe('k');
      const read = (await theirs.decode(Buffer.from(value ?? []))) as typeof DATA;
      expect(read.number).toMatchObject(DATA.number);
    });

    it('writes a value that the bus reads, also with the schemas of its instance alone', async () => {
      const url = await address();
      const theirs = new KafkajsRegistry({ host: url });
      const { topic, id } = await registered(theirs);
      const value = await theirs.encode(id, DATA);
      for (const registry of [
        schemaRegistry({ url }),
        schemaRegistry({ url: NOWHERE, source: new KafkajsRegistry({ host: url }) }),
      ])
        expect(await decode(registry, topic, value)).toEqual(DATA);
    });

    it('is what kafka({ schemaRegistry }) reads with', async () => {
      const url = await address();
      const theirs = new KafkajsRegistry({ host: url });
      const { topic, id } = await registered(theirs);
      const backend = kafka({ brokers: ['127.0.0.1:1'], schemaRegistry: theirs });
      const settings = Object.assign(defaultSettings(), { kafkaSchemaRegistryUrl: NOWHERE });
      const codec = await kafkaUnit.codec([NUMBERED], backend, settings);
      await backend.close();
      const read = await codec.decode(received(topic, await theirs.encode(id, DATA), cloudEventsHeaders(METADATA)));
      expect(read.data).toEqual(DATA);
    });

    it('is asked first, and the registry of the settings when it fails', async () => {
      const url = await address();
      const theirs = new KafkajsRegistry({ host: url });
      const { topic, id } = await registered(theirs);
      const source = new KafkajsRegistry({ host: NOWHERE, retry: { retries: 0 } });
      await expect(source.getSchema(id)).rejects.toThrow();
      expect(await decode(schemaRegistry({ url, source }), topic, await theirs.encode(id, DATA))).toEqual(DATA);
    });
  });
});

/** Registers the schema with their package, for the values of a new topic. */
async function registered(theirs: KafkajsRegistry): Promise<{ readonly topic: string; readonly id: number }> {
  const topic = topicName();
  const schema = { type: SchemaType.AVRO, schema: NUMBERED.schema } as const;
  const { id } = await theirs.register(schema, { subject: `${topic}-value` });
  return { topic, id };
}

async function decode(registry: ReturnType<typeof schemaRegistry>, topic: string, value: Buffer): Promise<unknown> {
  const codec = confluentCodec({ definitions: [NUMBERED], registry });
  return (await codec.decode(received(topic, value, cloudEventsHeaders(METADATA)))).data;
}

function received(topic: string, value: Buffer, headers: ReturnType<typeof cloudEventsHeaders>) {
  return { topic, key: null, value, headers, partition: 0, position: '0:0', timestamp: 0, isReplay: false };
}

function topicName(): string {
  return `kafkajs-registry-${randomBytes(4).toString('hex')}`;
}
