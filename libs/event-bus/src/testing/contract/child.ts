import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { Subscription } from '../../core/backend.js';

/** What a process of its own does. */
export type Task = ConsumeTask | PublishTask;

export interface ConsumeTask {
  readonly role: 'consume';
  /** `start` without a `Date`, which JSON does not carry. */
  readonly subscription: Subscription & { readonly start: 'earliest' | 'latest' };
  /** How long each call takes, in ms; `hold` means until the record is lost. */
  readonly work: number | 'hold';
}

export interface PublishTask {
  readonly role: 'publish';
  readonly topic: string;
  /** Used in turn. Ids are `<name of the process>-1` and so on. */
  readonly keys: readonly string[];
  readonly count: number;
}

/** What {@link Task} a process got, and with what. */
export interface ChildArguments {
  readonly name: string;
  readonly module: string;
  readonly config: unknown;
  readonly log: string;
  readonly task: Task;
}

export interface Child {
  readonly name: string;
  /** Resolves when the process is gone, however it went. */
  readonly gone: Promise<void>;
  /** What it said when it ended by itself with an error; `undefined` while it runs and when it was told to end. */
  readonly complaint: string | undefined;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
}

/** Starts `child-main.js`. It ends with this process. */
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
      // A signal, and so no code, is the case's own doing.
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
