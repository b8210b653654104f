import type { Notice } from '../core/notices/notice.js';
import type { Distribution, Instruments, Value } from './series.js';

/** More topics, or types on a topic, than this share the label `other`: a service may make their names. */
const MAX_NAMES = 500;
const OTHER = 'other';

interface TypeFigures {
  readonly published: Value;
  readonly failures: Value;
}

interface TopicFigures {
  readonly duration: Distribution;
  /** Made at the first success: a time of 0 would look like a very long silence. */
  lastAt: Value | undefined;
  readonly types: Map<string, TypeFigures>;
}

/** Counts what a bus publishes. */
export class PublishingFigures {
  readonly #instruments: Instruments;
  readonly #topics = new Map<string, TopicFigures>();

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
  }

  published({ topic, metadata, durationMs }: Extract<Notice, { kind: 'published' }>): void {
    const figures = this.#of(topic);
    this.#typeOf(figures, topic, metadata.type).published.value += 1;
    figures.duration.record(durationMs / 1000);
    figures.lastAt ??= this.#instruments.make('event_bus_last_published_timestamp_seconds', figures.duration.labels);
    figures.lastAt.value = Date.now() / 1000;
  }

  failed({ topic, metadata, durationMs }: Extract<Notice, { kind: 'publish-failed' }>): void {
    const figures = this.#of(topic);
    this.#typeOf(figures, topic, metadata.type).failures.value += 1;
    figures.duration.record(durationMs / 1000);
  }

  #of(topic: string): TopicFigures {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    if (topic !== OTHER && this.#topics.size >= MAX_NAMES) return this.#of(OTHER);
    const figures = {
      duration: this.#instruments.make('event_bus_publish_duration_seconds', { topic }),
      lastAt: undefined,
      types: new Map<string, TypeFigures>(),
    };
    this.#topics.set(topic, figures);
    return figures;
  }

  #typeOf(figures: TopicFigures, topic: string, type: string): TypeFigures {
    const { types } = figures;
    const known = types.get(type);
    if (known !== undefined) return known;
    if (type !== OTHER && types.size >= MAX_NAMES) return this.#typeOf(figures, topic, OTHER);
    const labels = { type, topic: this.#topics.has(topic) ? topic : OTHER };
    const made = {
      published: this.#instruments.make('event_bus_published_total', labels),
      failures: this.#instruments.make('event_bus_publish_failures_total', labels),
    };
    types.set(type, made);
    return made;
  }
}
