/** The indexes of the shared flags: whether the thread is in a call into SQLite, and whether the process is ending. */
const CALLING = 0;
const ENDING = 1;

/** The longest time that the end of the process waits for a call, in ms. A commit on a slow disk can take long. */
const EXIT_WAIT_MS = 5_000;

const working = new Set<NativeCalls>();

/**
 * Prevents `process.exit()` from ending a thread during a call into SQLite. The native binding (libsql 0.5, neon 1.0)
 * panics if its thread is terminated there. The process then ends with SIGABRT and code 134 instead of its own code; a
 * test under load saw this in 6 of 250 exits. Both threads share `memory`.
 */
export class NativeCalls {
  readonly memory: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#state = new Int32Array(memory);
  }

  /** Runs `call` in the thread. Never returns if the process is ending. */
  run<Result>(call: () => Result): Result {
    Atomics.store(this.#state, CALLING, 1);
    // This side sets its flag and then reads the other one; `end` does the same. So at least one side sees the other.
    if (Atomics.load(this.#state, ENDING) === 1) {
      this.#return();
      Atomics.wait(this.#state, ENDING, 1);
    }
    try {
      return call();
    } finally {
      this.#return();
    }
  }

  /** In the main thread: from now until {@link unguard}, the end of the process waits for the current call. */
  guard(): void {
    if (working.size === 0) process.on('exit', endAll);
    working.add(this);
  }

  unguard(): void {
    working.delete(this);
    if (working.size === 0) process.off('exit', endAll);
  }

  /** In the main thread. Blocks until the current call returns, for 5 s at most. */
  end(): void {
    Atomics.store(this.#state, ENDING, 1);
    Atomics.wait(this.#state, CALLING, 1, EXIT_WAIT_MS);
  }

  #return(): void {
    Atomics.store(this.#state, CALLING, 0);
    Atomics.notify(this.#state, CALLING);
  }
}

function endAll(): void {
  for (const calls of working) calls.end();
}
