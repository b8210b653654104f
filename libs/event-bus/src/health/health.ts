import type { Handler } from '../core/consume/delivery.js';
import type { Observers } from '../core/notices/observers.js';
import type { Check, Checks } from './check.js';
import { ConsumerStates } from './consumer-states.js';
import { LastPublish } from './last-publish.js';
import { type Reachable, reachability } from './reachable.js';
import { RunningCalls } from './running-calls.js';

/** What the health of a bus is read from. */
export interface HealthOptions {
  readonly observers: Observers;
  /** Its brokers and registries. */
  readonly reachables: readonly Reachable[];
  /** A handler that runs longer is stuck. */
  readonly stuckAfterMs: number;
  /** Whether members of a group may stand by while another has the whole topic. They are ready. */
  readonly standsBy: boolean;
  /** Whether the application has started. Before, it is not ready, and no broker is asked. */
  readonly isStarted: () => boolean;
  /** Whether the process was asked to stop. */
  readonly isStopping: () => boolean;
}

/** Whether a bus works, for probes and operators. It learns from the notices after its creation. */
export class Health {
  readonly #consumers: ConsumerStates;
  readonly #publishing = new LastPublish();
  readonly #calls: RunningCalls;
  readonly #ask: readonly (readonly [name: string, ask: () => Promise<Check>])[];
  readonly #isStopping: () => boolean;
  readonly #isStarted: () => boolean;

  constructor({ observers, reachables, stuckAfterMs, standsBy, isStarted, isStopping }: HealthOptions) {
    this.#consumers = new ConsumerStates({ standsBy });
    this.#calls = new RunningCalls(stuckAfterMs, observers.observe);
    this.#ask = reachables.map((each) => [each.name, reachability(each)]);
    this.#isStarted = isStarted;
    this.#isStopping = isStopping;
    for (const { observe } of [this.#consumers, this.#publishing]) observers.add(observe);
  }

  /** Returns the same handlers. Their calls are checked by {@link live}. */
  watch(handlers: readonly Handler[]): readonly Handler[] {
    return this.#calls.watch(handlers);
  }

  /** The consumer of each handler call that is stuck now. */
  stuck(): readonly { readonly topic: string; readonly group: string }[] {
    return this.#calls.stuck().map(({ delivery: { record, group } }) => ({ topic: record.topic, group }));
  }

  /**
   * Whether a restart would not help: no handler is stuck, and no consumer has ended by itself. Waiting for a broker or
   * a registry is fine, and so is stopping, which has its own limit.
   */
  live(): Checks {
    const application = this.#application();
    if (this.#isStopping()) return { application: { ok: true, detail: application.detail } };
    return {
      application: { ok: true, detail: application.detail },
      handlers: this.#calls.live(),
      ...this.#consumers.live(),
    };
  }

  /**
   * Whether the process does its work: it has started and does not stop, brokers and registries answer, and each
   * consumer has joined its group and has its share.
   */
  async ready(): Promise<Checks> {
    const application = this.#application();
    if (!application.ok) return { application, ...this.#consumers.ready() };
    const answers = await Promise.all(this.#ask.map(async ([name, ask]) => [name, await ask()] as const));
    return {
      // It may have been asked to stop meanwhile.
      application: this.#application(),
      ...Object.fromEntries(answers),
      publisher: this.#publishing.check(),
      ...this.#consumers.ready(),
    };
  }

  #application(): Check {
    if (this.#isStopping()) return { ok: false, detail: 'stops' };
    return this.#isStarted() ? { ok: true, detail: 'runs' } : { ok: false, detail: 'starts' };
  }
}
