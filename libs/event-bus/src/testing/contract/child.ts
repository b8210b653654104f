import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Subscription } from '../../core/backend.js';

/** The task of a process. */
export type Task = ConsumeTask | PublishTask;

export interface ConsumeTask {
  readonly role: 'consume';
  /** `start` cannot be a `Date`, which JSON does not support. */
  readonly subscription: Subscription & { readonly start: 'earliest' | 'latest' };
  /** The duration of each call in ms. `hold`: until the record is lost. */
  readonly work: number | 'hold';
}

export interface PublishTask {
  readonly role: 'publish';
  readonly topic: string;
  /** Keys, used in turn. The ids are `<name of the process>-1`, `-2`, …. */
  readonly keys: readonly string[];
  readonly count: number;
}

/** The {@link Task} of a process and its parameters. */
export interface ChildArguments {
  readonly name: string;
  readonly module: string;
  readonly config: unknown;
  readonly log: string;
  readonly task: Task;
}

export interface Child {
  readonly name: string;
  /** Resolves when the process has ended for any reason. */
  readonly gone: Promise<void>;
  /** The error output if the process ended with an error code. `undefined` while it runs, and if a signal ended it. */
  readonly complaint: string | undefined;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts `child-main.js`. The process ends when this one ends. */
export function startChild(given: ChildArguments): Child {
  const script = fileURLToPath(new URL('./child-main.js', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(given)], { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint: string | undefined;
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      complaint = `process ${given.name} could not be started: ${error.message}`;
      resolve();
    });
    child.once('close', (code) => {
      // Without a code, a signal ended the process. The case sent it.
      if (code !== null && code !== 0) complaint = `process ${given.name} ended with ${code}: ${said}`;
      resolve();
    });
  });
  return {
    name: given.name,
    gone,
    get complaint() {
      return complaint;
    },
    kill: (signal) => child.kill(signal),
  };
}
