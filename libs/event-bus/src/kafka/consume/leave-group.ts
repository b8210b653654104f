import { setTimeout as pause } from 'node:timers/promises';
import type { GroupRequests } from './group-requests.js';

/** The time limit for leaving, in ms: a broker that does not answer must not keep the process alive. */
const WITHIN_MS = 3_000;
const TRIES = 3;
const AGAIN_MS = 200;

export interface Leaving {
  /** The current id of the member; empty while the coordinator has given it none. */
  readonly memberId: () => string;
  /** Resolves when the current JoinGroup request is answered or has failed; `undefined` if there was none. */
  readonly pendingJoin: Promise<unknown> | undefined;
}

/** Tells the coordinator that the member leaves. Resolves within 3 s, whether the coordinator has answered or not. */
export async function leaveGroup(requests: GroupRequests, { memberId, pendingJoin }: Leaving): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  const leftMs = () => Math.max(1, deadline - performance.now());
  // If the coordinator has accepted a member that does not know its id yet, the member could not leave and would stay
  // in the group until its session ends.
  if (memberId() === '' && pendingJoin !== undefined)
    await Promise.race([pendingJoin, pause(leftMs() / 2, undefined, { ref: false })]);
  const late = pause(leftMs(), true, { ref: false });
  for (let tries = 0; tries < TRIES && memberId() !== ''; tries += 1) {
    const isOver = await Promise.race([requests.leave(memberId(), leftMs()), late]);
    if (isOver) return;
    await pause(Math.min(AGAIN_MS, leftMs()));
  }
}
