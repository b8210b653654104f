import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { jsonLines, numbered } from '../support/numbered.js';
import { deadLettersOf, produce } from '../support/records.js';
import { requires } from '../support/requirements.js';
import { workbench } from '../support/workbench.js';

await requires('redis', 'event-bus consume on Redis', (address) => {
  it('sets aside what members have vanished with too often', { timeout: 60_000 }, async () => {
    const url = await address();
    const client = new Redis(url);
    const bench = workbench('consume-redis', {
      EVENT_BUS_PRODUCER: 'redis',
      EVENT_BUS_CONSUMER: 'redis',
      EVENT_BUS_REDIS_CONNECTION_URL: url,
      EVENT_BUS_REDIS_CLAIM_TIME: '1',
      EVENT_BUS_REDIS_DELIVERY_LIMIT: '3',
    });
    const { topic, group } = bench;
    await produce(bench, jsonLines(numbered(2)));
    await client.xgroup('CREATE', topic, group, '0');
    await client.xreadgroup('GROUP', group, 'ghost', 'COUNT', 1, 'STREAMS', topic, '>');
    const [first] = (await client.xpending(topic, group, '-', '+', 1)) as [[string]];
    await client.call('XCLAIM', topic, group, 'ghost', 0, first[0], 'IDLE', 60_000, 'RETRYCOUNT', 3);

    const consumer = bench.cli(['consume', '--topic', topic, '--group', group, '--count', '1', '--timeout', '30']);
    await expect(consumer.ended).resolves.toBe(0);
    expect(consumer.lines.join('\n')).toMatch(/Record cannot be used: .*3 members vanished/);
    expect(await client.xlen(deadLettersOf(bench))).toBe(1);
    expect(consumer.output).toHaveLength(1);
    client.disconnect();
    await bench.clear();
  });
});
