import { createRuntime, type EventBusRuntime } from '../nest/runtime/runtime.js';
import { logToStderr } from './log.js';
import { onInterrupt } from './on-interrupt.js';

/**
 * Runs a command that only reads, with the runtime of the settings, and closes the runtime. Interrupts it as
 * {@link untilInterrupted}.
 */
export function withRuntime(command: (runtime: EventBusRuntime, signal: AbortSignal) => Promise<void>): Promise<void> {
  return untilInterrupted(async (signal) => {
    const runtime = await createRuntime({}, logToStderr);
    try {
      await unless(signal, command(runtime, signal));
    } finally {
      await runtime.close();
    }
  });
}

/**
 * Runs a command. If the user interrupts it or closes the pipe (`| head`), `signal` aborts, and the command counts as
 * ended without an error.
 */
export async function untilInterrupted(command: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const release = onInterrupt(() => stop.abort());
  const end = () => stop.abort();
  process.stdout.on('error', end);
  try {
    await unless(stop.signal, command(stop.signal));
  } finally {
    release();
  }
}

/** Resolves when the work has ended or the signal aborts. Ignores errors of the work after that. */
async function unless(signal: AbortSignal, work: Promise<void>): Promise<void> {
  work.catch(() => undefined);
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([work, aborted]);
}
