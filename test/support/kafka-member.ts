import { type KafkaOptions, kafka, type KafkaReport } from 'nest-event-bus/kafka';

export interface MemberOptions extends Partial<KafkaOptions> {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
  readonly start?: 'earliest' | 'latest';
  readonly handle?: (value: string) => Promise<void>;
  readonly stopBudgetMs?: number;
}

/** Starts a member of a group, with a short session. */
export function startMember({
  topic,
  group,
  start = 'earliest',
  handle,
  stopBudgetMs = 5_000,
  ...options
}: MemberOptions) {
  const reports: KafkaReport[] = [];
  const backend = kafka({ sessionTimeoutMs: 6_000, ...options, observe: (report) => reports.push(report) });
  const stop = new AbortController();
  const values: string[] = [];
  const failures: Error[] = [];
  const partitions = new Set<number>();
  const abandonedBy = new Map<string, number>();
  const abortedPartitions = new Set<number>();
  const state = { aborts: 0, assignments: 0 };
  const consuming = backend
    .consume(
      {
        topic,
        group,
        member: 'm',
        start,
        maxInFlight: 10,
        stopBudgetMs,
        onAssigned: () => void (state.assignments += 1),
      },
      async ({ value, partition, abandoned }, lost) => {
        const text = Buffer.from(value ?? []).toString();
        partitions.add(partition);
        if (abandoned !== undefined) abandonedBy.set(text, abandoned);
        lost.addEventListener('abort', () => {
          if (stop.signal.aborted) return;
          state.aborts += 1;
          abortedPartitions.add(partition);
        });
        await handle?.(text);
        values.push(text);
      },
      stop.signal,
    )
    .catch((error: unknown) => failures.push(error as Error));
  let stopping: Promise<void> | undefined;
  return {
    values,
    failures,
    partitions,
    abandoned: abandonedBy,
    abortedPartitions,
    get aborts() {
      return state.aborts;
    },
    get assignments() {
      return state.assignments;
    },
    forget: () => partitions.clear(),
    said: (part: string) => reports.filter(({ what }) => what.includes(part)),
    isAssigned: async () =>
      (await backend.positions(topic, group).catch(() => [])).some(({ position }) => position !== null),
    stop: () =>
      (stopping ??= (async () => {
        stop.abort();
        await consuming;
        await backend.close();
      })()),
  };
}

/** `count` values: the name and a number from 0. */
export function range(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${name}${n}`);
}
