import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../client/cluster.js';
import type { Fetching, FetchListener } from '../port.js';
import { errorName } from '../protocol/error-codes.js';
import { FETCH } from '../protocol/fetch.js';
import { EARLIEST, LATEST, LIST_OFFSETS } from '../protocol/list-offsets.js';
import { readBatches } from '../records/fetch-answer.js';
import { KnownHeaders } from '../records/known-headers.js';

/** A stand-in until the real one is here: one loop for all brokers. */
export class Fetcher implements Fetching {
  readonly #started = new Map<number, { at: number }>();
  readonly #known = new KnownHeaders();
  #isClosed = false;
  #wake = () => {};
  #ids: string | undefined;

  constructor(
    private readonly cluster: Cluster,
    private readonly options: { readonly topic: string; readonly pollMs: number },
    private readonly listener: FetchListener,
  ) {
    void this.#run();
  }
  start(partition: number, offset: number): void {
    this.#started.set(partition, { at: offset });
    this.#wake();
  }
  stop(partition: number): void {
    this.#started.delete(partition);
  }
  changed(): void {
    this.#wake();
  }
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }
  async #run(): Promise<void> {
    const busy = new Set<number>();
    const { topic, pollMs } = this.options;
    while (!this.#isClosed) {
      const byLeader = new Map<number, number[]>();
      let isMissing = false;
      for (const partition of this.#started.keys()) {
        if (!this.listener.wants(partition)) continue;
        const leader = this.cluster.topics.leaderOf(topic, partition);
        if (leader === undefined) isMissing = true;
        else byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
      }
      if (isMissing) {
        await this.cluster.refresh([topic]).catch(() => undefined);
        if (byLeader.size === 0) await pause(200);
      }
      const id = this.cluster.topics.get(topic)?.id;
      if (id !== undefined && !/^0*$/.test(id)) {
        if (this.#ids !== undefined && this.#ids !== id) this.listener.onTopicReplaced();
        this.#ids = id;
      }
      for (const [leader, partitions] of byLeader) {
        if (busy.has(leader)) continue;
        busy.add(leader);
        void this.#fetch(leader, partitions, pollMs).finally(() => {
          busy.delete(leader);
          this.#wake();
        });
      }
      await Promise.race([new Promise<void>((r) => (this.#wake = r)), pause(500, undefined, { ref: false })]);
    }
  }
  async #fetch(leader: number, partitions: number[], pollMs: number): Promise<void> {
    const { topic } = this.options;
    const asked = partitions.flatMap((partition) => {
      const state = this.#started.get(partition);
      return state === undefined ? [] : [{ partition, state, offset: state.at }];
    });
    try {
      const answer = await this.cluster.ask(
        leader,
        FETCH,
        {
          maxWaitMs: pollMs,
          maxBytes: 10 * 1024 * 1024,
          topics: [
            { topic, partitions: asked.map(({ partition, offset }) => ({ partition, leaderEpoch: -1, offset, maxBytes: 1024 * 1024 })) },
          ],
        },
        { channel: 'fetch', timeoutMs: pollMs + 5_000 },
      );
      let isStale = false;
      for (const found of answer.topics.flatMap((of) => of.partitions)) {
        const of = asked.find((each) => each.partition === found.partition);
        if (of === undefined || this.#started.get(found.partition) !== of.state) continue;
        const problem = errorName(found.errorCode);
        if (problem === 'OFFSET_OUT_OF_RANGE') {
          const [low, high] = await Promise.all([EARLIEST, LATEST].map((timestamp) => this.#end(leader, found.partition, timestamp)));
          if (this.#started.get(found.partition) === of.state)
            of.state.at = this.listener.onOutOfRange(found.partition, { asked: of.offset, low: low ?? 0, high: high ?? 0 });
          continue;
        }
        if (problem !== undefined) {
          isStale = true;
          continue;
        }
        const messages = await readBatches(
          found.records,
          found.abortedTransactions.map((each) => ({ producerId: Number(each.producerId), firstOffset: each.firstOffset })),
          this.#known,
        );
        const last = messages?.at(-1);
        if (messages === undefined || last === undefined || this.#started.get(found.partition) !== of.state) continue;
        of.state.at = Number(last.offset) + 1;
        this.listener.onBatch({ partition: found.partition, from: of.offset, until: of.state.at, records: messages.map((each) => each.records) });
      }
      if (isStale) throw new Error('stale');
    } catch {
      await this.cluster.refresh([topic]).catch(() => undefined);
      await pause(100);
    }
  }
  async #end(leader: number, partition: number, timestamp: number): Promise<number> {
    const answer = await this.cluster.ask(leader, LIST_OFFSETS, {
      topics: [{ topic: this.options.topic, partitions: [{ partition, timestamp }] }],
    });
    return answer.topics[0]?.partitions[0]?.offset ?? 0;
  }
}
