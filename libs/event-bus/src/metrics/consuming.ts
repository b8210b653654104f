import type { Delivery } from '../core/consume/delivery.js';
import type { Notice } from '../core/notices/notice.js';
import { GroupFigures } from './group-figures.js';
import type { Instruments } from './series.js';

/** The label of event types that no definition here has: publishers could make any number of them. */
const UNKNOWN = 'unknown';

/** What a consumer consumes. */
export interface Consumed {
  readonly topic: string;
  readonly group: string;
}

/** Tells how many records a consumer has in hand, as long as it lives. */
export interface Holder extends Consumed {
  readonly hasEnded: boolean;
  readonly inHand: number;
}

/** Counts what the consumers of a bus do. */
export class ConsumingFigures {
  readonly #instruments: Instruments;
  readonly #isKnown: (type: string) => boolean;
  readonly #groups = new Map<string, Map<string, GroupFigures>>();
  readonly #holders = new Set<Holder>();
  #last: GroupFigures | undefined;
  #stuck: (() => Iterable<Consumed>) | undefined;
  /** Records whose wait or failure decides what is counted when they end. Few at any time. */
  readonly #waiting = new Map<Delivery, 'registry' | 'dead-letter'>();
  readonly #skipped = new Set<Delivery>();

  /** `isKnown` says whether an event type is defined in this process. */
  constructor(instruments: Instruments, isKnown: (type: string) => boolean) {
    this.#instruments = instruments;
    this.#isKnown = isKnown;
    instruments.beforeReading(() => {
      this.#countInHand();
      this.#countStuck();
    });
  }

  /** Counts the records in hand of a consumer until it has ended. */
  watch(holder: Holder): void {
    this.#holders.add(holder);
    this.#of(holder.topic, holder.group);
  }

  /** Counts the stuck handler calls that `find` gives, each with what its consumer consumes. */
  watchStuck(find: () => Iterable<Consumed>): void {
    this.#stuck = find;
  }

  received(delivery: Delivery): void {
    this.#ofDelivery(delivery).ofType(this.#typeOf(delivery)).received.value += 1;
  }

  redelivered(delivery: Delivery): void {
    this.#ofDelivery(delivery).redeliveries.value += 1;
  }

  called({ delivery, handler, durationMs }: Extract<Notice, { kind: 'handler-succeeded' }>): void {
    const figures = this.#ofDelivery(delivery).ofHandler(this.#typeOf(delivery), handler.name);
    figures.calls.value += 1;
    figures.duration.record(durationMs / 1000);
  }

  failed({ delivery, handler, durationMs, retryInMs }: Extract<Notice, { kind: 'handler-failed' }>): void {
    const figures = this.#ofDelivery(delivery).ofHandler(this.#typeOf(delivery), handler.name);
    figures.calls.value += 1;
    figures.failures.value += 1;
    if (retryInMs !== undefined) figures.retries.value += 1;
    if (durationMs !== undefined) figures.duration.record(durationMs / 1000);
  }

  deadLettered({ delivery, reason }: Extract<Notice, { kind: 'dead-lettered' }>): void {
    this.#ofDelivery(delivery).deadLetters(this.#typeOf(delivery), reason).value += 1;
  }

  skipped(delivery: Delivery): void {
    this.#skipped.add(delivery);
  }

  processed({ delivery, outcome, durationMs }: Extract<Notice, { kind: 'processed' }>): void {
    const figures = this.#ofDelivery(delivery);
    const as = outcome !== 'failed' ? outcome : this.#skipped.delete(delivery) ? 'skipped' : 'dead-lettered';
    figures.processed[as].value += 1;
    figures.duration.record(durationMs / 1000);
    figures.lastProcessedAt.value = Date.now() / 1000;
  }

  released(delivery: Delivery): void {
    this.#ofDelivery(delivery).released.value += 1;
    this.resumed(delivery);
  }

  waits({ delivery, waitsFor }: Extract<Notice, { kind: 'waiting' }>): void {
    this.#waiting.set(delivery, waitsFor);
    this.#ofDelivery(delivery).waiting[waitsFor].value = 1;
  }

  resumed(delivery: Delivery): void {
    const waitedFor = this.#waiting.get(delivery);
    if (waitedFor === undefined) return;
    this.#waiting.delete(delivery);
    const figures = this.#ofDelivery(delivery);
    const others = [...this.#waiting].some(
      ([other, what]) => what === waitedFor && this.#ofDelivery(other) === figures,
    );
    figures.waiting[waitedFor].value = others ? 1 : 0;
  }

  /** `isConnected` is `undefined` if nobody tries to connect any more. */
  connection({ topic, group }: Consumed, isConnected?: boolean): void {
    const figures = this.#of(topic, group);
    figures.connected.value = isConnected === true ? 1 : 0;
    figures.waiting.broker.value = isConnected === false ? 1 : 0;
  }

  #countInHand(): void {
    for (const groups of this.#groups.values()) for (const { inHand } of groups.values()) inHand.value = 0;
    for (const holder of this.#holders) {
      if (holder.hasEnded) this.#holders.delete(holder);
      else this.#of(holder.topic, holder.group).inHand.value += holder.inHand;
    }
  }

  #countStuck(): void {
    if (this.#stuck === undefined) return;
    for (const groups of this.#groups.values()) for (const { stuck } of groups.values()) stuck.value = 0;
    for (const { topic, group } of this.#stuck()) this.#of(topic, group).stuck.value += 1;
  }

  #typeOf({ type, event }: Delivery): string {
    if (event !== undefined) return event.definition.type;
    return type !== undefined && this.#isKnown(type) ? type : UNKNOWN;
  }

  #ofDelivery({ record, group }: Delivery): GroupFigures {
    return this.#of(record.topic, group);
  }

  #of(topic: string, group: string): GroupFigures {
    // Nearly all processes have one topic and one group, and every event comes here several times.
    const last = this.#last;
    if (last !== undefined && last.topic === topic && last.group === group) return last;
    return (this.#last = this.#find(topic, group));
  }

  #find(topic: string, group: string): GroupFigures {
    const known = this.#groups.get(topic)?.get(group);
    if (known !== undefined) return known;
    const figures = new GroupFigures(this.#instruments, topic, group);
    const groups = this.#groups.get(topic);
    if (groups === undefined) this.#groups.set(topic, new Map([[group, figures]]));
    else groups.set(group, figures);
    return figures;
  }
}
