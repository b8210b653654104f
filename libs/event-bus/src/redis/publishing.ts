import type { OutgoingRecord, Position } from '../core/backend.js';
import { UnavailableError } from '../core/errors.js';
import type { Connection } from './connection.js';
import { add, keyless, write } from './written.js';

/** How many replicas, and whether this server's own disk, must have what was published, and for how long that is waited for. */
export interface Confirmation {
  /** Replicas that must have it. */
  readonly replicas: number;
  /** Whether the append-only file of this server and of the replicas must be on disk (WAITAOF, Redis 7.2). */
  readonly onDisk: boolean;
  readonly withinMs: number;
}

export interface PublishingOptions {
  readonly confirmation: Confirmation | undefined;
  /** About how many entries a stream keeps; older ones go, read or not. */
  readonly maxLength: number | undefined;
}

/** One request: all records in one pipeline, on a cluster one for each topic. */
export async function publish(
  connection: Connection,
  records: readonly OutgoingRecord[],
  options: PublishingOptions,
): Promise<readonly Position[]> {
  if (!connection.isCluster) return publishTogether(connection, records, options);
  const positions = new Array<Position>(records.length);
  const topics = new Set(records.map(({ topic }) => topic));
  await Promise.all(
    [...topics].map(async (topic) => {
      const indexes = records.flatMap((record, n) => (record.topic === topic ? [n] : []));
      const found = await publishTogether(
        connection,
        records.filter((record) => record.topic === topic),
        options,
      );
      for (const [n, index] of indexes.entries()) positions[index] = found[n] ?? '';
    }),
  );
  return positions;
}

async function publishTogether(
  connection: Connection,
  records: readonly OutgoingRecord[],
  { confirmation, maxLength }: PublishingOptions,
): Promise<readonly Position[]> {
  const commands = records.map((record) => add(connection.keyPrefix + record.topic, record, maxLength));
  if (confirmation === undefined) return (await connection.sendWritten(write(commands))) as readonly Position[];
  const { replicas, onDisk, withinMs } = confirmation;
  commands.push(onDisk ? keyless('WAITAOF', 1, replicas, withinMs) : keyless('WAIT', replicas, withinMs));
  const answers = await connection.sendWritten(write(commands));
  check(answers.at(-1), confirmation, connection.where);
  return answers.slice(0, -1) as readonly Position[];
}

function check(answer: unknown, { replicas, onDisk, withinMs }: Confirmation, where: string): void {
  const [own, others] = onDisk ? (answer as readonly [number, number]) : [1, Number(answer)];
  if (own >= 1 && others >= replicas) return;
  throw new UnavailableError(
    `Redis ${where} has the records, but within ${withinMs} ms only ${others} of ${replicas} replicas confirmed them` +
      `${onDisk ? `, and its own disk ${own >= 1 ? 'did' : 'did not'}` : ''}. Check the replicas.`,
  );
}
