import { asError, delayMs } from '../../core/backoff.js';
import type { Cluster } from '../client/cluster.js';
import { refuse } from '../protocol/error-codes.js';
import { INIT_PRODUCER_ID } from '../protocol/init-producer-id.js';
import { BACKOFF } from './backoff.js';

/** The number under which brokers know this producer. It is requested on demand. */
export class ProducerId {
  #id: bigint | undefined;
  #isAsking = false;
  #failures = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly listener: {
      onKnown(): void;
      /** Returns whether to ask again. */
      onFailed(error: Error): boolean;
    },
  ) {}

  /**
   * Returns the number, unless it is `insteadOf`, which is useless now. Returns `undefined` while a number is
   * requested.
   */
  get(insteadOf?: bigint): bigint | undefined {
    if (this.#id !== undefined && this.#id !== insteadOf) return this.#id;
    this.#id = undefined;
    if (!this.#isAsking) this.#ask();
    return undefined;
  }

  #ask(): void {
    this.#isAsking = true;
    void this.#answer().then(
      (id) => {
        this.#isAsking = false;
        this.#failures = 0;
        this.#id = id;
        this.listener.onKnown();
      },
      (error: unknown) => {
        this.#failures += 1;
        this.#isAsking = false;
        if (!this.listener.onFailed(asError(error))) return;
        this.#isAsking = true;
        setTimeout(() => this.#ask(), delayMs(BACKOFF, this.#failures));
      },
    );
  }

  async #answer(): Promise<bigint> {
    const { errorCode, producerId } = await this.cluster.askAny(INIT_PRODUCER_ID, {});
    refuse(errorCode);
    return producerId;
  }
}
