import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, delayMs } from '../../core/backoff.js';
import { ConnectionError } from '../client/connection-error.js';
import { protocolErrorOf } from '../client/errors.js';

/** How long leaders and coordinators may take to be there, in ms: on a new broker the first group waits for its coordinator to load. */
export const PATIENCE_MS = 10_000;

const PAUSE: Backoff = { initialMs: 100, maxMs: 1_000 };

/** By which a broker says that another one has to be asked, or that it will know soon. */
const PASSING: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_CONTROLLER',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'OFFSET_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'REQUEST_TIMED_OUT',
  'THROTTLING_QUOTA_EXCEEDED',
  // Brokers hear of a new topic one after the other.
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
]);

/** Whether the same question may be answered in a moment, by this broker or by another one. */
export function isPassing(error: unknown): boolean {
  return error instanceof ConnectionError || PASSING.has(protocolErrorOf(error) ?? '');
}

/** Puts a question again while what keeps it from being answered may pass. */
export async function again<Result>(
  question: () => Promise<Result>,
  { mayPass = isPassing, withinMs = PATIENCE_MS }: AgainOptions = {},
): Promise<Result> {
  const until = performance.now() + withinMs;
  for (let n = 1; ; n += 1) {
    try {
      return await question();
    } catch (error) {
      const ms = delayMs(PAUSE, n);
      if (!mayPass(error) || performance.now() + ms > until) throw error;
      await pause(ms);
    }
  }
}

interface AgainOptions {
  readonly mayPass?: (error: unknown) => boolean;
  readonly withinMs?: number;
}

/** The same for a question to one broker; which one is looked up each time. When none answers that, it rejects at once. */
export function patiently<Result>({
  whom,
  ask,
}: {
  readonly whom: () => Promise<number>;
  readonly ask: (nodeId: number) => Promise<Result>;
}): Promise<Result> {
  let isLookingUp = false;
  const question = async () => {
    isLookingUp = true;
    const nodeId = await whom();
    isLookingUp = false;
    return ask(nodeId);
  };
  const mayPass = (error: unknown) => isPassing(error) && !(isLookingUp && error instanceof ConnectionError);
  return again(question, { mayPass });
}
