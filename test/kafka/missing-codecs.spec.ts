import { randomBytes } from 'node:crypto';
import * as zlib from 'node:zlib';
import { expect, it } from 'vitest';
import { start } from '../support/process.js';
import { requires } from '../support/requirements.js';

/** Simulates a platform for which the packages have no binary. */
const HOOKS = `
  const PACKAGES = ['snappy', 'lz4-napi', '@foxglove/wasm-zstd'];
  export async function resolve(specifier, context, next) {
    if (PACKAGES.includes(specifier)) throw new Error('Cannot find native binding.\\nTried: everything.');
    return next(specifier, context);
  }
`;

const WITHOUT = `
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(HOOKS)}));
`;

const needs = (name: string, packageName: string) =>
  `${name} needs the package ${packageName} and its binary for ${process.platform} ${process.arch} (npm installs both with ` +
  'nest-event-bus, unless it is told to omit optional dependencies), which cannot be loaded here: Cannot find native binding.';
const SNAPPY = needs('snappy', 'snappy');
const LZ4 = needs('lz4', 'lz4-napi');
const ZSTD =
  'zstd needs Node.js 22.15 or newer, or the package @foxglove/wasm-zstd (npm installs it with nest-event-bus), ' +
  'which cannot be loaded here: Cannot find native binding.';
const HAS_ZSTD = 'zstdCompress' in zlib;

it('what a compression lacks is told, and once more where it is used', async () => {
  const program = `${WITHOUT}
    const { compress, decompress, missingFor } = await import('./libs/event-bus/dist/kafka/records/compression.js');
    for (const name of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) console.log('missing', name, await missingFor(name));
    const said = (error) => error.name + ': ' + error.message;
    console.log('compress', await compress(2, Buffer.from('text')).catch(said));
    console.log('decompress', await decompress(3, Buffer.from('text'), { maxBytes: 10 }).catch(said));
  `;
  const running = start(process.execPath, ['--input-type=module', '--eval', program]);
  expect(await running.ended).toBe(0);
  expect(running.output).toEqual([
    'missing none undefined',
    'missing gzip undefined',
    `missing snappy ${SNAPPY}`,
    `missing lz4 ${LZ4}`,
    `missing zstd ${HAS_ZSTD ? 'undefined' : ZSTD}`,
    `compress CompressionError: ${SNAPPY}`,
    `decompress CompressionError: ${LZ4}`,
  ]);
});

await requires('kafka-3.9', 'at the start', (startKafka) => {
  it('a consumer tells which compressions it cannot read', async () => {
    const topic = `missing-codecs-${randomBytes(4).toString('hex')}`;
    const brokers = (await startKafka()).split(',');
    const subscription = { topic, group: 'g', member: 'm', start: 'earliest', maxInFlight: 1, stopBudgetMs: 1_000 };
    const program = `${WITHOUT}
      const { kafka } = await import('./libs/event-bus/dist/kafka/index.js');
      const observe = ({ level, what, fields }) => {
        if ('missing' in Object.fromEntries(fields)) console.log(level, what, JSON.stringify(fields));
      };
      const backend = kafka({ brokers: ${JSON.stringify(brokers)}, observe });
      await backend.createTopic(${JSON.stringify(topic)});
      const stop = new AbortController();
      const onAssigned = () => stop.abort();
      await backend.consume({ ...${JSON.stringify(subscription)}, onAssigned }, async () => {}, stop.signal);
      await backend.close();
    `;
    const running = start(process.execPath, ['--input-type=module', '--eval', program]);
    expect(await running.ended).toBe(0);
    const said =
      'warn This process cannot read records in one of the compressions; a partition with such records waits until the missing package is installed';
    const lineFor = (missing: string) => {
      const fields = Object.entries({ topic, group: 'g', missing });
      return `${said} ${JSON.stringify(fields)}`;
    };
    expect(running.output).toEqual([SNAPPY, LZ4, ...(HAS_ZSTD ? [] : [ZSTD])].map(lineFor));
  });
});
