import type { OutgoingRecord } from '../../core/backend.js';
import { asError } from '../../core/backoff.js';
import { UnavailableError } from '../../core/errors.js';
import type { Outcome } from '../../core/publish/joint-publish.js';
import type { Connection } from '../client/connection.js';
import { add, keyless, write } from '../client/resp.js';

/** How many replicas must confirm a record, whether it must be on disk, and how long to wait for that. */
export interface Confirmation {
  /** The number of replicas that must have the record. */
  readonly replicas: number;
  /** Whether the append-only files of this server and of the replicas must be on disk (WAITAOF, Redis 7.2). */
  readonly onDisk: boolean;
  readonly withinMs: number;
}

export interface PublishingOptions {
  readonly confirmation: Confirmation | undefined;
  /** The approximate number of entries that a stream keeps. Older ones are removed, read or not. */
  readonly maxLength: number | undefined;
}

/**
 * Sends all records in one pipeline, on a cluster one pipeline for each topic. Resolves with the outcome of each record
 * on its own. Rejects if nothing was sent.
 */
export async function publish(
  connection: Connection,
  records: readonly OutgoingRecord[],
  options: PublishingOptions,
): Promise<readonly Outcome[]> {
  if (!connection.isCluster) return publishTogether(connection, records, options);
  const outcomes = new Array<Outcome>(records.length);
  const topics = new Set(records.map(({ topic }) => topic));
  await Promise.all(
    [...topics].map(async (topic) => {
      const indexes = records.flatMap((record, n) => (record.topic === topic ? [n] : []));
      const some = records.filter((record) => record.topic === topic);
      const found = await publishTogether(connection, some, options).catch((thrown: unknown) =>
        some.map(() => asError(thrown)),
      );
      for (const [n, index] of indexes.entries()) outcomes[index] = found[n] ?? '';
    }),
  );
  return outcomes;
}

async function publishTogether(
  connection: Connection,
  records: readonly OutgoingRecord[],
  { confirmation, maxLength }: PublishingOptions,
): Promise<readonly Outcome[]> {
  const commands = records.map((record) => add(connection.keyPrefix + record.topic, record, maxLength));
  if (confirmation === undefined) return (await connection.sendWritten(write(commands))) as readonly Outcome[];
  const { replicas, onDisk, withinMs } = confirmation;
  commands.push(onDisk ? keyless('WAITAOF', 1, replicas, withinMs) : keyless('WAIT', replicas, withinMs));
  const answers = await connection.sendWritten(write(commands));
  const outcomes = answers.slice(0, -1) as readonly Outcome[];
  const doubt = doubtOf(answers.at(-1), confirmation, connection.where);
  return doubt === undefined ? outcomes : outcomes.map((outcome) => (outcome instanceof Error ? outcome : doubt));
}

/** The error for records that were stored but not confirmed as required, or `undefined`. */
function doubtOf(answer: unknown, { replicas, onDisk, withinMs }: Confirmation, where: string): Error | undefined {
  if (answer instanceof Error) return answer;
  const [own, others] = onDisk ? (answer as readonly [number, number]) : [1, Number(answer)];
  if (own >= 1 && others >= replicas) return undefined;
  return new UnavailableError(
    `Redis ${where} has the records, but within ${withinMs} ms only ${others} of ${replicas} replicas confirmed them` +
      `${onDisk ? `, and its own disk ${own >= 1 ? 'did' : 'did not'}` : ''}. Check the replicas.`,
  );
}
