import type { Outcome } from '../core/consume/delivery.js';
import type { DeadLetterReason, WaitsFor } from '../core/notices/notice.js';
import type { Distribution, Instruments, Labels, Value } from './series.js';

/** The figures of one handler for one event type. */
export interface HandlerFigures {
  readonly calls: Value;
  readonly failures: Value;
  readonly retries: Value;
  readonly duration: Distribution;
}

/** The figures of one event type. */
export interface TypeFigures {
  readonly received: Value;
  readonly deadLetters: Map<DeadLetterReason, Value>;
  /** By name: the members of a group in one process have handlers of their own. */
  readonly handlers: Map<string, HandlerFigures>;
}

/** How a record was settled. */
export type ProcessedAs = Exclude<Outcome, 'failed'> | 'dead-lettered' | 'skipped';

/** What a consumer can wait for. */
export type Awaited = WaitsFor | 'broker';

const OUTCOMES: readonly ProcessedAs[] = ['handled', 'unhandled', 'tombstone', 'dead-lettered', 'skipped'];
const AWAITED: readonly Awaited[] = ['registry', 'broker', 'dead-letter'];

/** The figures of one group on one topic. They begin at 0, so that the first failure is an increase. */
export class GroupFigures {
  readonly topic: string;
  readonly group: string;
  readonly processed: Readonly<Record<ProcessedAs, Value>>;
  readonly duration: Distribution;
  readonly redeliveries: Value;
  readonly released: Value;
  readonly waiting: Readonly<Record<Awaited, Value>>;
  #stuck: Value | undefined;
  #lastProcessedAt: Value | undefined;
  readonly connected: Value;
  readonly inHand: Value;
  readonly #instruments: Instruments;
  readonly #labels: Labels;
  readonly #types = new Map<string, TypeFigures>();

  constructor(instruments: Instruments, topic: string, group: string) {
    const labels = { topic, group };
    this.#instruments = instruments;
    this.#labels = labels;
    this.topic = topic;
    this.group = group;
    this.processed = byName(OUTCOMES, (outcome) =>
      instruments.make('event_bus_processed_total', { ...labels, outcome }),
    );
    this.waiting = byName(AWAITED, (what) => instruments.make('event_bus_waiting', { ...labels, for: what }));
    this.duration = instruments.make('event_bus_processing_duration_seconds', labels);
    this.redeliveries = instruments.make('event_bus_redeliveries_total', labels);
    this.released = instruments.make('event_bus_released_total', labels);
    this.connected = instruments.make('event_bus_consumer_connected', labels);
    this.inHand = instruments.make('event_bus_in_hand', labels);
  }

  /** Made at the first record: a time of 0 would look like a very long silence. */
  get lastProcessedAt(): Value {
    return (this.#lastProcessedAt ??= this.#instruments.make(
      'event_bus_last_processed_timestamp_seconds',
      this.#labels,
    ));
  }

  /** Made if somebody looks for stuck handlers. */
  get stuck(): Value {
    return (this.#stuck ??= this.#instruments.make('event_bus_handler_stuck', this.#labels));
  }

  ofType(type: string): TypeFigures {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const figures: TypeFigures = {
      received: this.#instruments.make('event_bus_received_total', { ...this.#labels, type }),
      deadLetters: new Map<DeadLetterReason, Value>(),
      handlers: new Map<string, HandlerFigures>(),
    };
    this.#types.set(type, figures);
    return figures;
  }

  ofHandler(type: string, handler: string): HandlerFigures {
    const { handlers } = this.ofType(type);
    const known = handlers.get(handler);
    if (known !== undefined) return known;
    const labels = { ...this.#labels, type, handler };
    const figures = {
      calls: this.#instruments.make('event_bus_handler_calls_total', labels),
      failures: this.#instruments.make('event_bus_handler_failures_total', labels),
      retries: this.#instruments.make('event_bus_retries_total', labels),
      duration: this.#instruments.make('event_bus_handler_duration_seconds', labels),
    };
    handlers.set(handler, figures);
    // The first dead letter of this type is an increase, too.
    this.deadLetters(type, 'handler');
    return figures;
  }

  deadLetters(type: string, reason: DeadLetterReason): Value {
    const { deadLetters } = this.ofType(type);
    const known = deadLetters.get(reason);
    if (known !== undefined) return known;
    const made = this.#instruments.make('event_bus_dead_letters_total', { ...this.#labels, type, reason });
    deadLetters.set(reason, made);
    return made;
  }
}

function byName<Name extends string>(names: readonly Name[], make: (name: Name) => Value): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Value>;
}
