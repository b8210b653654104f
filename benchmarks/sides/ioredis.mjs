import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { atRates, meter, NUMBERED, numbered, stopwatch } from '../events.mjs';
import { byCallers, decode, encode } from './bare.mjs';

/** Reads 200 entries, decodes every value, and acknowledges all 200. */
export async function consume({ total, skip = 0, ...options }) {
  const { arrived, all, check } = meter(total, skip);
  const stop = await read(options, (data) => arrived(data.number.seq));
  const perSecond = await all;
  await pause(200);
  await stop();
  return { perSecond, ...check() };
}

async function read({ url, topic, group }, handle) {
  const redis = new Redis(url);
  await redis.xgroup('CREATE', topic, group, '0', 'MKSTREAM');
  let isDone = false;
  const reading = (async () => {
    while (!isDone) {
      const asked = ['GROUP', group, 'bare', 'COUNT', 200, 'BLOCK', 100, 'STREAMS', topic, '>'];
      const [stream] = (await redis.xreadgroupBuffer(...asked)) ?? [];
      if (stream === undefined) continue;
      for (const [, fields] of stream[1]) handle(decode(valueOf(fields)));
      await redis.xack(topic, group, ...stream[1].map(([id]) => id));
    }
  })();
  return async () => {
    isDone = true;
    await reading;
    redis.disconnect();
  };
}

export async function latencies({ phases, ...options }, tell) {
  const { arrived, all, quantiles } = stopwatch(phases);
  const stop = await read(options, (data) => {
    if (data.number.seq < 0) tell('ready');
    else arrived(data);
  });
  await all;
  await stop();
  return quantiles();
}

export async function publishAtRates({ url, topic, phases }) {
  const redis = new Redis(url);
  await redis.ping();
  await atRates(phases, (data) => redis.xadd(topic, '*', ...fieldsOf(data)));
  redis.disconnect();
}

const VALUE = Buffer.from('event_data');

function valueOf(fields) {
  for (let n = 0; n < fields.length; n += 2) if (fields[n].equals(VALUE)) return fields[n + 1];
  throw new Error('The entry has no value.');
}

export async function publish({ url, topic, ...options }) {
  const redis = new Redis(url);
  await redis.ping();
  const perSecond = await byCallers(options, (n) => redis.xadd(topic, '*', ...fieldsOf(numbered(n))));
  redis.disconnect();
  return { perSecond };
}

/** The fields that our side writes. All except the id, the time and the body are prepared once. */
function fieldsOf(data) {
  return [
    'type', NUMBERED.type,
    'id', randomUUID(),
    'source', 'openedx/bench/web',
    'time', new Date().toISOString(),
    'minorversion', '0',
    'sourcehost', 'bench',
    'sourcelib', '0.1.0',
    'event_data', encode(data),
    'schema_fingerprint', FINGERPRINT,
    'key', JSON.stringify(data.number.key),
  ]; // prettier-ignore
}

const FINGERPRINT = 'f'.repeat(32);
