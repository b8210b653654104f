import { Worker } from 'node:worker_threads';

import { UnavailableError } from '../../core/errors.js';
import { fromFailure } from './failure.js';
import { NativeCalls } from './native-calls.js';
import type {
  FromWorker,
  Operation,
  Report,
  Request,
  RequestOf,
  ResultOf,
  WorkerData,
  WorkerOptions,
} from './protocol.js';

/** Events of a member that are not answers to its calls. */
export interface MemberListener {
  readonly onWoken: () => void;
  readonly onLost: () => void;
  readonly onFailed: (error: Error) => void;
}

interface Call {
  resolve(result: ResultOf<Operation>): void;
  reject(error: Error): void;
}

/**
 * The main thread's side of the thread that holds the file. The thread starts at the first call, and again after it
 * died.
 */
export class LogWorker {
  readonly #options: WorkerOptions;
  readonly #observe: (report: Report) => void;
  readonly #calls = new Map<number, Call>();
  readonly #members = new Map<number, MemberListener>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closing: Promise<void> | undefined;

  constructor(options: WorkerOptions, observe: (report: Report) => void) {
    this.#options = options;
    this.#observe = observe;
  }

  /**
   * Runs an operation in the thread. Rejects with the errors documented at the operation, and with `UnavailableError`
   * if the thread dies or after {@link close}.
   */
  async call<Name extends Operation>(
    operation: Name,
    request: RequestOf<Name>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<ResultOf<Name>> {
    if (this.#closing !== undefined) throw this.#closed();
    return this.#send(operation, request, transfer);
  }

  /** Registers the listener of a member, until {@link forget}. */
  listen(member: number, listener: MemberListener): void {
    this.#members.set(member, listener);
  }

  forget(member: number): void {
    this.#members.delete(member);
  }

  /** Ends the thread. Earlier calls are still answered. Later calls reject, and members fail. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    // If the call fails because the thread died, the thread has ended too.
    await this.#send('close', null, []).catch(() => undefined);
    this.#worker = undefined;
    await worker.terminate();
    for (const listener of this.#members.values()) listener.onFailed(this.#closed());
  }

  #closed(): Error {
    return new UnavailableError(`The event log ${this.#options.path} was closed by this process.`);
  }

  #send<Name extends Operation>(
    operation: Name,
    request: RequestOf<Name>,
    transfer: readonly ArrayBuffer[],
  ): Promise<ResultOf<Name>> {
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { resolve: resolve as Call['resolve'], reject });
      worker.postMessage({ id, operation, request } satisfies Request, transfer);
    });
  }

  #start(): Worker {
    const native = new NativeCalls();
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { ...this.#options, native: native.memory } satisfies WorkerData,
      // Node's flags for the main script (`--input-type`, loaders) do not suit this script.
      execArgv: [],
    });
    worker.on('message', (message: FromWorker) => this.#receive(message));
    worker.on('error', (error) => this.#onDeath(worker, error));
    native.guard();
    worker.on('exit', () => {
      native.unguard();
      this.#onDeath(worker, undefined);
    });
    return worker;
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'result':
        this.#take(message.id)?.resolve(message.result);
        break;
      case 'failure':
        this.#take(message.id)?.reject(fromFailure(message.failure));
        break;
      case 'woken':
        this.#members.get(message.member)?.onWoken();
        break;
      case 'lost':
        this.#members.get(message.member)?.onLost();
        break;
      case 'report':
        this.#observe(message.report);
        break;
      case 'failed':
        this.#members.get(message.member)?.onFailed(fromFailure(message.failure));
        break;
    }
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  #onDeath(worker: Worker, cause: Error | undefined): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const error = new UnavailableError(
      `The thread that holds the event log ${this.#options.path} has ended unexpectedly. The next call starts it again.`,
      { cause },
    );
    for (const id of [...this.#calls.keys()]) this.#take(id)?.reject(error);
    for (const listener of this.#members.values()) listener.onFailed(error);
  }
}
