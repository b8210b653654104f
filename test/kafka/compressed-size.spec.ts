import { randomBytes } from 'node:crypto';
import type { Backend } from 'nest-event-bus/core';
import { kafka } from 'nest-event-bus/kafka';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requires } from '../support/requirements.js';

const RECORD_BYTES = 40 * 1024 * 1024;

await requires('kafka-3.9', 'the size of compressed records', (start) => {
  const topic = `compressed-size-${randomBytes(4).toString('hex')}`;
  const backends: Backend[] = [];
  let brokers: readonly string[];

  beforeAll(async () => {
    brokers = (await start()).split(',');
    const publisher = open({ compression: 'zstd', maxRecordBytes: RECORD_BYTES + 1024 });
    await publisher.createTopic(topic);
    const value = Buffer.alloc(RECORD_BYTES, 'compressed ');
    await publisher.publish([{ topic, key: Buffer.from('key'), value, headers: [] }]);
  });

  afterAll(() => Promise.all(backends.map((backend) => backend.close())));

  it('is what may be published here, where that is large', async () => {
    const backend = open({ maxRecordBytes: RECORD_BYTES + 1024 });
    const stop = new AbortController();
    const consumed: (number | undefined)[] = [];
    const subscription = { topic, group: topic, member: 'm', maxInFlight: 1, stopBudgetMs: 5_000 };
    const handle = ({ value }: { readonly value: Uint8Array | null }) => {
      consumed.push(value?.byteLength);
      stop.abort();
      return Promise.resolve();
    };
    await backend.consume({ ...subscription, start: 'earliest' }, handle, stop.signal);
    expect(consumed).toEqual([RECORD_BYTES]);
    expect(await sizes(backend)).toEqual([RECORD_BYTES]);
  });

  it('is 32 MiB otherwise', async () => {
    const message = 'its records, decompressed from zstd, are more than 33554432 bytes';
    await expect(sizes(open({}))).rejects.toThrow(message);
  });

  function open(options: Partial<Parameters<typeof kafka>[0]>): Backend {
    const backend = kafka({ brokers, ...options });
    backends.push(backend);
    return backend;
  }

  async function sizes(backend: Backend): Promise<readonly (number | undefined)[]> {
    const found: (number | undefined)[] = [];
    for await (const { value } of backend.read(topic)) found.push(value?.byteLength);
    return found;
  }
});
