/** What stands in the memory: whether the thread is in a call into SQLite, and whether the process is ending. */
const CALLING = 0;
const ENDING = 1;

/** How long the end of the process waits for a call, in ms; a commit on a slow disk takes that long. */
const EXIT_WAIT_MS = 5_000;

const working = new Set<NativeCalls>();

/**
 * Keeps `process.exit()` from ending a thread in the middle of a call into SQLite. The native binding (libsql 0.5, neon 1.0) panics when
 * its thread is terminated there, and the whole process then ends with SIGABRT and code 134 in place of its own: 6 of 250 exits under
 * load, seen by running. Both sides hold the same `memory`, which is shared between the threads.
 */
export class NativeCalls {
  readonly memory: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#state = new Int32Array(memory);
  }

  /** In the thread. Never returns when the process is ending. */
  run<Result>(call: () => Result): Result {
    Atomics.store(this.#state, CALLING, 1);
    // Said before it is asked: the one who ends the process does it the other way round, so that one of both sees the other.
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

  /** In the main thread: from now until {@link unguard}, an exit of the process waits for the call that is under way. */
  guard(): void {
    if (working.size === 0) process.on('exit', endAll);
    working.add(this);
  }

  unguard(): void {
    working.delete(this);
    if (working.size === 0) process.off('exit', endAll);
  }

  /** In the main thread, which it blocks for the length of one call at most. */
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
