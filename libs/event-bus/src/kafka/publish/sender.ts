import kafkajs, { type CompressionTypes, type Message, type Producer } from 'kafkajs';
import type { OutgoingRecord, Position } from '../../core/backend.js';
import { RecordRefusedError, UnavailableError } from '../../core/errors.js';
import { recordBytes } from '../../core/joint-publish.js';
import { asBuffer } from '../../core/utf8.js';
import type { Clients } from '../client/kafkajs-client.js';
import { isMissingRight, kafkaError, protocolErrorOf, RIGHTS_TO_PUBLISH } from '../client/errors.js';
import { toClientHeaders } from '../records/headers.js';
import type { Compression } from '../kafka.js';
import { partitionOf } from './partitioner.js';
import { positionText } from '../position.js';
import type { Sender } from '../port.js';
import type { RecordMessage } from './produce-request.js';

/** A broker takes a batch of 1 MiB by default, and all that a request has for one partition is one batch. */
const BATCH_BYTES = 950_000;
/** What a record costs besides its bytes, at most, and each of its headers. */
const RECORD_OVERHEAD = 24;
const HEADER_OVERHEAD = 6;

const { None, GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
const CODECS: Readonly<Record<Compression, CompressionTypes>> = {
  none: None,
  gzip: GZIP,
  snappy: Snappy,
  lz4: LZ4,
  zstd: ZSTD,
};

interface SenderOptions {
  readonly timeoutMs: number;
  readonly compression: Compression;
  readonly ensureTopic: (topic: string) => Promise<void>;
}

/** A producer that kafkajs has numbered, and what it is sending. */
interface Opened {
  readonly producer: Producer;
  readonly writesRecords: boolean;
  /** The partition of each message under way. */
  readonly placed: Map<Message, number>;
  /** The request under way, or the last one. */
  sending: Promise<unknown>;
  isAbandoned: boolean;
}

/**
 * Sends with acks of all in-sync replicas, idempotently: what kafkajs sends again lies in the topic once.
 *
 * Only one request is under way at a time. After a failure the producer is given up for a new one: kafkajs counts its sequence back by
 * what failed, and a broker that had taken it would drop the next records, whose numbers it has seen, as duplicates.
 */
export class KafkaSender implements Sender {
  readonly #client: Clients;
  readonly #options: SenderOptions;
  readonly #topics = new Set<string>();
  #opening: Promise<Opened> | undefined;
  #keyless = 0;

  constructor(client: Clients, options: SenderOptions) {
    this.#client = client;
    this.#options = options;
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly Position[]> {
    const positions: Position[] = [];
    for (const batch of batches(records)) positions.push(...(await this.#sendBatch(batch)));
    return positions;
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening !== undefined) await closed(opening);
  }

  async #sendBatch(records: readonly OutgoingRecord[]): Promise<readonly Position[]> {
    const topics = [...new Set(records.map(({ topic }) => topic))];
    const opening = (this.#opening ??= this.#open());
    // It may fail while the topic is still looked for; unheeded, that would end the process.
    opening.catch(() => undefined);
    const deadline = Date.now() + this.#options.timeoutMs;
    try {
      const sending = this.#ensureAll(topics).then(() => this.#transmit(opening, records));
      return await before(deadline, `no answer within ${this.#options.timeoutMs} ms`, sending);
    } catch (thrown) {
      this.#opening = undefined;
      for (const topic of topics) this.#topics.delete(topic);
      void abandon(opening);
      const doing = `publish to ${topics.join(', ')}${sizeText(thrown, records)}`;
      const error = kafkaError(thrown, doing, RIGHTS_TO_PUBLISH);
      // It is about these topics alone; what is for others must go on.
      throw isMissingRight(error) ? new RecordRefusedError(error.message, { cause: error }) : error;
    }
  }

  async #ensureAll(topics: readonly string[]): Promise<void> {
    for (const topic of topics) {
      if (this.#topics.has(topic)) continue;
      await this.#options.ensureTopic(topic);
      this.#topics.add(topic);
    }
  }

  async #transmit(opening: Promise<Opened>, records: readonly OutgoingRecord[]): Promise<readonly Position[]> {
    const opened = await opening;
    const { producer, writesRecords, placed } = opened;
    this.#keyless += 1;
    placed.clear();
    const messages = records.map((record) => messageOf(record, writesRecords));
    const byTopic = new Map<string, Message[]>();
    for (const message of messages) {
      const { topic } = message.record;
      const of = byTopic.get(topic);
      if (of === undefined) byTopic.set(topic, [message]);
      else of.push(message);
    }
    const sending = producer.sendBatch({
      acks: -1,
      compression: CODECS[this.#options.compression],
      topicMessages: [...byTopic].map(([topic, of]) => ({ topic, messages: of })),
    });
    opened.sending = sending;
    const answers = await sending;
    const next = new Map<string, number>();
    for (const { topicName, partition, baseOffset } of answers)
      next.set(positionKey(topicName, partition), Number(baseOffset));
    return records.map(({ topic }, index) => {
      const message = messages[index];
      const partition = (message === undefined ? undefined : placed.get(message)) ?? 0;
      const key = positionKey(topic, partition);
      const offset = next.get(key) ?? 0;
      next.set(key, offset + 1);
      return positionText(partition, offset);
    });
  }

  async #open(): Promise<Opened> {
    const placed = new Map<Message, number>();
    const opened: Opened = {
      placed,
      sending: Promise.resolve(),
      isAbandoned: false,
      ...this.#producer(() => opened),
    };
    try {
      await opened.producer.connect();
    } catch (error) {
      await opened.producer.disconnect().catch(() => undefined);
      throw error;
    }
    return opened;
  }

  #producer(opened: () => Opened): ReturnType<Clients['producer']> {
    return this.#client.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      // The deadline ends it; fewer would be another reason to give the producer up.
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER },
      createPartitioner:
        () =>
        ({ partitionMetadata, message }) => {
          // Called before every try: the only place where kafkajs lets go of a message that nobody waits for any more.
          if (opened().isAbandoned) throw new AbandonedError('Nobody waits for this any more.');
          const count = partitionMetadata.length;
          const partition = partitionOf(message.key as Buffer | null, count) ?? this.#keyless % count;
          opened().placed.set(message, partition);
          return partition;
        },
    });
  }
}

/** For the message of a broker that takes less than we do: it says neither how large the record is nor where its limit stands. */
function sizeText(thrown: unknown, records: readonly OutgoingRecord[]): string {
  const [record] = records;
  if (record === undefined || records.length > 1 || protocolErrorOf(thrown) !== 'MESSAGE_TOO_LARGE') return '';
  return ` a record of ${recordBytes(record)} bytes (key, value and headers), more than max.message.bytes of the topic allows`;
}

class AbandonedError extends Error {
  override readonly name = 'AbandonedError';
  /** kafkajs asks for it. */
  readonly retriable = false;
}

/** Without our writer kafkajs needs its own form of the headers, which keeps less. */
function messageOf(record: OutgoingRecord, writesRecords: boolean): RecordMessage {
  const key = record.key === null ? null : asBuffer(record.key);
  const value = record.value === null ? null : asBuffer(record.value);
  return writesRecords ? { key, value, record } : { key, value, record, headers: toClientHeaders(record.headers) };
}

function positionKey(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}

function batches(records: readonly OutgoingRecord[]): readonly (readonly OutgoingRecord[])[] {
  const result: OutgoingRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = recordBytes(record) + RECORD_OVERHEAD + record.headers.length * HEADER_OVERHEAD;
    if (bytes + size > BATCH_BYTES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)?.push(record);
    bytes += size;
  }
  return result;
}

async function before<Result>(deadline: number, otherwise: string, promise: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnavailableError(`Kafka: ${otherwise}`)), Math.max(0, deadline - Date.now()));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function abandon(opening: Promise<Opened>): Promise<void> {
  const opened = await opening.catch(() => undefined);
  if (opened === undefined) return;
  opened.isAbandoned = true;
  await opened.producer.disconnect().catch(() => undefined);
  // What is still tried connects once more before it finds that nobody waits for it.
  await opened.sending.catch(() => undefined);
  await opened.producer.disconnect().catch(() => undefined);
}

async function closed(opening: Promise<Opened>): Promise<void> {
  const opened = await opening.catch(() => undefined);
  await opened?.producer.disconnect();
}
