import type { Broker } from 'kafkajs';
import type { Fetched } from '../client/requests.js';

/**
 * How long, in ms, partitions that have nothing new wait for it while others, which are not asked about, have work: at first, and after some
 * answers in a row that had nothing.
 */
const REST = { initialMs: 10, maxMs: 100 };

/**
 * Decides which partitions kafkajs asks brokers about.
 *
 * Its own way of leaving some out is to pause them, and then it rests for its whole poll time whenever nothing comes of the others, also
 * when a paused one has been resumed meanwhile. Here such a fetch ends at once, and the next one begins when a partition wants more.
 */
export class Reading {
  readonly #wants: (partition: number) => boolean;
  readonly #waiting = new Set<Waiting>();
  #isScheduled = false;
  #restMs = REST.initialMs;

  constructor(wants: (partition: number) => boolean) {
    this.#wants = wants;
  }

  /** To be called when what is wanted has changed. */
  changed(): void {
    for (const { partitions, go } of [...this.#waiting]) if (partitions.every(this.#wants)) go();
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    // More may be wanted in this turn, and goes with it.
    setImmediate(() => {
      this.#isScheduled = false;
      for (const { go } of [...this.#waiting]) go();
    });
  }

  /** From now on fetches from this broker go through here. */
  control(broker: Broker): void {
    if (CONTROLLED in broker) return;
    const fetch: Fetch = broker.fetch.bind(broker);
    Object.assign(broker, { fetch: (asked: Asked) => this.#fetch(asked, fetch), [CONTROLLED]: true });
  }

  async #fetch(asked: Asked, fetch: Fetch): Promise<Fetched> {
    const all = partitionsIn(asked);
    const { maxWaitTime = 0 } = asked;
    const wanted = new Set(all.filter(this.#wants));
    if (wanted.size === all.length) return fetch(asked);
    const others = all.filter((each) => !wanted.has(each));
    if (wanted.size === 0) {
      await this.#change(others, maxWaitTime);
      return { responses: [] };
    }
    const topics = asked.topics.map((each) => ({
      ...each,
      partitions: each.partitions.filter(({ partition }) => wanted.has(partition)),
    }));
    const answer = await fetch({ ...asked, topics, maxWaitTime: 0 });
    if (!isEmpty(answer)) this.#restMs = REST.initialMs;
    else if (!others.some(this.#wants)) {
      await this.#change(others, Math.min(this.#restMs, maxWaitTime));
      this.#restMs = Math.min(this.#restMs * 2, REST.maxMs);
    }
    return answer;
  }

  /** Resolves when all of these want more, soon after some do, and after so long anyhow. */
  #change(partitions: readonly number[], withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = { partitions, go: () => this.#end(waiting, timer, resolve) };
      const timer = setTimeout(waiting.go, withinMs);
      this.#waiting.add(waiting);
    });
  }

  #end(waiting: Waiting, timer: NodeJS.Timeout, resolve: () => void): void {
    clearTimeout(timer);
    this.#waiting.delete(waiting);
    resolve();
  }
}

/** A fetch that waits until it has something to ask for. */
interface Waiting {
  readonly partitions: readonly number[];
  readonly go: () => void;
}

type Asked = Parameters<Broker['fetch']>[0];

type Fetch = (asked: Asked) => Promise<Fetched>;

const CONTROLLED = Symbol('controlled');

/** A member reads one topic. */
function partitionsIn({ topics }: Asked): readonly number[] {
  return topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));
}

function isEmpty({ responses }: Fetched): boolean {
  return responses.every(({ partitions }) => partitions.every(({ messages }) => messages.length === 0));
}
