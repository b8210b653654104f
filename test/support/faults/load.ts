import { until, within } from 'nest-event-bus/testing';
import { expect } from 'vitest';
import type { Arena, Member } from './arena.js';

/** Members that handle the events of a publisher with a constant rate. */
export interface Load {
  readonly members: readonly Member[];
  /**
   * Stops the publisher, waits until all events are settled, and stops the members. Resolves with how often the
   * publisher repeated an event.
   */
  end(): Promise<number>;
  /** The ends of the logs, for the message of a failed test. */
  lastWords(): string;
}

/** Events per second. */
const RATE = 200;

/** Resolves when all members have started and events are handled. */
export async function underLoad(
  arena: Arena,
  count: number,
  env: Readonly<Record<string, string>> = { HANDLER_MS: '2' },
): Promise<Load> {
  const members = Array.from({ length: count }, () => arena.member({ env }));
  await Promise.all(members.map((member) => member.says(/Consuming:/)));
  const publisher = arena.publisher({ rate: RATE });
  const lastWords = () => [...members, publisher].flatMap(({ lines }) => lines.slice(-8)).join('\n');
  await until(() => arena.handled.length > RATE, {
    withinMs: 60_000,
    what: () => `events to flow; the logs say:\n${lastWords()}`,
  });
  return {
    members,
    lastWords,
    async end() {
      publisher.child.kill('SIGTERM');
      const [, again] = await publisher.says(/PUBLISHED \d+, (\d+) times again/, 60_000);
      const ended = within(publisher.ended, {
        withinMs: 60_000,
        what: () => `the publisher to end, which has published all; the logs say:\n${lastWords()}`,
      });
      expect(await ended, lastWords()).toBe(0);
      await arena.settled(120_000);
      for (const member of members) {
        // A member that ended on its own would have needed an operator.
        expect([member.child.exitCode, member.child.signalCode], lastWords()).toEqual([null, null]);
        expect(await member.stop(), lastWords()).toBe(0);
      }
      return Number(again);
    },
  };
}
