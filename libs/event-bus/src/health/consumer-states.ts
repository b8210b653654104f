import type { Delivery } from '../core/consume/delivery.js';
import type { Notice, Observer } from '../core/notices/notice.js';
import type { Check, Checks } from './check.js';

/** What is known of one consumer. */
interface State {
  readonly name: string;
  readonly phase: 'starting' | 'joining' | 'joined' | 'assigned' | 'away' | 'stopped' | 'failed';
  readonly error?: Error | undefined;
}

const DETAILS: Readonly<Record<State['phase'], string>> = {
  starting: 'has not started to join its group',
  joining: 'the backend answers again; joins the group',
  joined: 'has joined its group; waits for its share of the topic',
  assigned: 'has its share of the topic',
  away: 'waits for the backend',
  stopped: 'was stopped',
  failed: 'has ended with an error, and the process still runs',
};

/** The state of each consumer of this process, from its notices. */
export class ConsumerStates {
  readonly #isReady: ReadonlySet<State['phase']>;
  readonly #states = new Map<string, State>();
  /** The records that wait for something outside, such as the registry. */
  readonly #waits = new Map<Delivery, { readonly doing: string; readonly error: Error }>();

  /** With `standsBy`, a member without a share is ready too: it takes over when the active member ends. */
  constructor({ standsBy = false }: { readonly standsBy?: boolean } = {}) {
    this.#isReady = new Set<State['phase']>(standsBy ? ['joined', 'assigned'] : ['assigned']);
  }

  readonly observe: Observer = (notice) => {
    switch (notice.kind) {
      case 'consumer-starting':
        return this.#set(notice, 'starting');
      case 'group-joined':
        return this.#set(notice, 'joined');
      case 'assigned':
        return this.#set(notice, 'assigned');
      case 'disconnected':
        return notice.retryInMs === undefined ? undefined : this.#set(notice, 'away', notice.error);
      case 'reconnected':
        return this.#set(notice, 'joining');
      case 'stopped':
        return this.#set(notice, notice.error === undefined ? 'stopped' : 'failed', notice.error);
      default:
        this.#observeWaits(notice);
    }
  };

  /** Whether each consumer has joined its group and has its share, and no record waits for something outside. */
  ready(): Checks {
    const waits = this.#waitsByConsumer();
    return this.#checks(({ name, phase, error }) => {
      const ok = this.#isReady.has(phase);
      const wait = waits.get(name);
      return ok && wait !== undefined ? { ok: false, detail: wait } : { ok, detail: detailOf(phase, error) };
    });
  }

  /** Whether no consumer has ended by itself. Waiting is not an end: a restart would not help. */
  live(): Checks {
    return this.#checks(({ phase, error }) => ({ ok: phase !== 'failed', detail: detailOf(phase, error) }));
  }

  #observeWaits(notice: Notice): void {
    if (notice.kind === 'waiting') {
      this.#waits.set(notice.delivery, { doing: notice.doing, error: notice.error });
      return;
    }
    // Nearly always empty, and every event passes here several times.
    if (this.#waits.size === 0) return;
    if (notice.kind === 'resumed' || notice.kind === 'released') this.#waits.delete(notice.delivery);
  }

  #set(of: { readonly topic: string; readonly group: string }, phase: State['phase'], error?: Error): void {
    const name = nameOf(of.topic, of.group);
    this.#states.set(name, { name, phase, error });
  }

  #checks(check: (state: State) => Check): Checks {
    return Object.fromEntries([...this.#states.values()].map((state) => [state.name, check(state)]));
  }

  /** One text for each consumer whose records wait: the oldest wait, and how many there are. */
  #waitsByConsumer(): ReadonlyMap<string, string> {
    const found = new Map<string, { readonly text: string; readonly count: number }>();
    for (const [{ record, group }, { doing, error }] of this.#waits) {
      const name = nameOf(record.topic, group);
      const known = found.get(name);
      found.set(name, { text: known?.text ?? `could not ${doing}: ${error.message}`, count: (known?.count ?? 0) + 1 });
    }
    return new Map([...found].map(([name, { text, count }]) => [name, `${count} event(s) wait: ${text}`]));
  }
}

function nameOf(topic: string, group: string): string {
  return `consumer ${topic} ${group}`;
}

function detailOf(phase: State['phase'], error: Error | undefined): string {
  return error === undefined ? DETAILS[phase] : `${DETAILS[phase]}: ${error.message}`;
}
