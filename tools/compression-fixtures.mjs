// Writes test/fixtures/kafka/compression: the same records as two other clients compress them. Needs Java and Python,
// see CONTRIBUTING.md.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import { installPackages } from './openedx-events/python.mjs';
import { cached } from './servers/cache.mjs';
import { kafka } from './servers/index.mjs';

const FOLDER = join(import.meta.dirname, '../test/fixtures/kafka/compression');
const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'];
/** The size of the header of a record batch. */
const HEAD_BYTES = 61;
const WORDS = 'course learner enrollment certificate block exam grade cohort discussion badge program unit'.split(' ');

/** More data than one block of Snappy, LZ4 or zstd holds. */
const records = Array.from({ length: 1_000 }, (_, n) => [`learner-${(n * 7919) % 997}`, text(n)]);

function text(n) {
  let seed = n + 1;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  return `${n} ${Array.from({ length: 24 }, () => WORDS[next() % 3 === 0 ? next() % WORDS.length : 0]).join(' ')}`;
}

const python = join(
  await cached('python-compression', (folder) =>
    installPackages(folder, join(import.meta.dirname, '../test/interop/python/brokers.txt')),
  ),
  'bin/python',
);
process.env.EVENT_BUS_SERVERS = 'native';
const broker = await kafka();
try {
  const admin = new kafkajs.Kafka({ brokers: broker.brokers }).admin();
  await admin.connect();
  const stored = async (topic, sender, keeper) => {
    const configEntries = [{ name: 'compression.type', value: keeper }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
    await runPython({ servers: broker.bootstrapServers, topic, compression: sender, send: records });
    const log = await readFile(join(broker.folder, `data/${topic}-0/00000000000000000000.log`));
    const length = log.readInt32BE(8) + 12;
    if (length !== log.length) throw new Error(`${topic} has more than one batch.`);
    return log.subarray(HEAD_BYTES);
  };
  await mkdir(FOLDER, { recursive: true });
  await writeFile(join(FOLDER, 'plain.gz'), gzipSync(await stored('plain', 'none', 'producer'), { level: 9 }));
  for (const codec of CODECS) {
    await writeFile(join(FOLDER, `librdkafka.${codec}`), await stored(`l-${codec}`, codec, 'producer'));
    // The broker compresses with the code of the Java client.
    await writeFile(join(FOLDER, `java.${codec}`), await stored(`j-${codec}`, 'none', codec));
  }
  await admin.disconnect();
} finally {
  await broker.stop();
  await broker.clear();
}

function runPython(input) {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, '../test/interop/python/compression.py');
    const child = execFile(python, ['-I', script], (error) => (error === null ? resolve() : reject(error)));
    child.stdin.end(JSON.stringify(input));
  });
}
