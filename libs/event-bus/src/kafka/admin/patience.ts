import { setTimeout as pause } from 'node:timers/promises';
import { type Backoff, delayMs } from '../../core/backoff.js';
import { ConnectionError } from '../client/connection-error.js';
import { protocolErrorOf } from '../client/errors.js';

/**
 * How long to wait for leaders and coordinators, in ms. On a new broker, the first group waits until its coordinator
 * has loaded.
 */
export const PATIENCE_MS = 10_000;

const PAUSE: Backoff = { initialMs: 100, maxMs: 1_000 };

/** The errors that mean: another broker must be asked, or the answer will be there soon. */
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
  // Brokers learn of a new topic one after the other.
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_TOPIC_ID',
  'INCONSISTENT_TOPIC_ID',
]);

/** Whether the same request may soon succeed, at this broker or at another one. */
export function isPassing(error: unknown): boolean {
  return error instanceof ConnectionError || PASSING.has(protocolErrorOf(error) ?? '');
}

/** Repeats a request while its error may pass. */
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

/**
 * Like `again`, for a request to one broker. Looks the broker up before each attempt. Rejects at once if no broker
 * answers the lookup.
 */
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
