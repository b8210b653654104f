/** A report about brokers, a topic or a group for operators. */
export interface KafkaReport {
  readonly level: 'info' | 'warn' | 'error';
  readonly what: string;
  /** In display order. */
  readonly fields: readonly (readonly [name: string, value: unknown])[];
}

export type Observe = (report: KafkaReport) => void;

/** Reports a failure after it has lasted for `afterMs`, again every minute, and once when it is over. */
export class Ailment {
  readonly #say: (report: Pick<KafkaReport, 'what' | 'fields'>, level: KafkaReport['level']) => void;
  #since: number | undefined;
  #saidAt = -Infinity;

  constructor(private readonly of: AilmentOptions) {
    this.#say = ({ what, fields }, level) => of.observe({ level, what, fields: [...of.fields, ...fields] });
  }

  /** How long the failure has lasted, in ms; 0 if there is none. */
  get failedForMs(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since;
  }

  /** Call this after each failure. */
  failed(error: Error): void {
    const now = performance.now();
    this.#since ??= now;
    if (now - this.#since < this.of.afterMs || now - this.#saidAt < AGAIN_MS) return;
    this.#saidAt = now;
    const seconds = Math.round((now - this.#since) / 1_000);
    this.#say(
      {
        what: this.of.what,
        fields: [
          ['seconds', seconds],
          ['error', error.message],
        ],
      },
      'warn',
    );
  }

  /** Call this after each success. */
  worked(): void {
    if (this.#since === undefined) return;
    const seconds = Math.round((performance.now() - this.#since) / 1_000);
    if (this.#saidAt > -Infinity) this.#say({ what: this.of.over, fields: [['seconds', seconds]] }, 'info');
    this.#since = undefined;
    this.#saidAt = -Infinity;
  }
}

interface AilmentOptions {
  readonly observe: Observe;
  readonly what: string;
  readonly over: string;
  readonly fields: KafkaReport['fields'];
  /** How long a failure must last before it is reported, in ms. */
  readonly afterMs: number;
}

const AGAIN_MS = 60_000;
