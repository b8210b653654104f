/** Something about the brokers, a topic or a group that an operator should know. */
export interface KafkaReport {
  readonly level: 'info' | 'warn' | 'error';
  readonly what: string;
  /** In the order in which they are shown. */
  readonly fields: readonly (readonly [name: string, value: unknown])[];
}

export type Observe = (report: KafkaReport) => void;

/** Reports that something does not work once it has not for a while, again every minute, and once more when it works again. */
export class Ailment {
  readonly #say: (report: Pick<KafkaReport, 'what' | 'fields'>, level: KafkaReport['level']) => void;
  #since: number | undefined;
  #saidAt = -Infinity;

  constructor(private readonly of: AilmentOptions) {
    this.#say = ({ what, fields }, level) => of.observe({ level, what, fields: [...of.fields, ...fields] });
  }

  /** For how long it has not worked, in ms. */
  get failedForMs(): number {
    return this.#since === undefined ? 0 : performance.now() - this.#since;
  }

  /** It did not work, and why. */
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

  /** It works. */
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
  /** How long it may last unsaid, in ms. */
  readonly afterMs: number;
}

const AGAIN_MS = 60_000;
