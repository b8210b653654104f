import { createRuntime, type EventBusRuntime } from '../nest/runtime/runtime.js';
import { logToStderr } from './log.js';
import { onInterrupt } from './on-interrupt.js';

/**
 * Runs a command that only reads, with the runtime of the settings, and closes the runtime. If the user interrupts it
 * or closes the pipe (`| head`), `signal` aborts and the command ends at once without an error.
 */
export async function withRuntime(
  command: (runtime: EventBusRuntime, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const release = onInterrupt(() => stop.abort());
  process.stdout.on('error', () => stop.abort());
  const stopped = new Promise<void>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  try {
    const runtime = await createRuntime({}, logToStderr);
    try {
      const running = command(runtime, stop.signal);
      running.catch(() => undefined);
      await Promise.race([running, stopped]);
    } finally {
      await runtime.close();
    }
  } finally {
    release();
  }
}
