import { until } from 'nest-event-bus/testing';
import type { Arena, Member } from './arena.js';

const EVENTS = 150;
const MARKED = 60;

/** Publishes events, one of them marked. A member with a point stops at it. Resolves with its id. */
export async function publishMarked(arena: Arena): Promise<string> {
  const events = arena.events(EVENTS, { word: (n) => (n === MARKED ? 'mark' : 'plain') });
  await arena.publish(events);
  return events[MARKED]?.id ?? '';
}

/**
 * Ends the handler at its point, while nothing that the member settles reaches the broker. Resolves with a function
 * that lets it through.
 */
export async function endsUnheard(member: Member, arena: Arena, marked: string): Promise<() => Promise<void>> {
  const release = await arena.site.hold(arena.bench);
  member.goOn();
  await until(() => arena.handled.includes(marked), { withinMs: 10_000, what: 'the handler to end' });
  const { way } = arena.site;
  if (way !== undefined)
    await until(() => way.heldBytes > 0, { withinMs: 10_000, what: 'the commit to be on its way' });
  return release;
}

/**
 * Makes the handler at its point fail for good, while the dead letter does not reach the broker. Resolves with a
 * function that lets it through.
 */
export async function failsUnheard(member: Member, arena: Arena): Promise<() => Promise<void>> {
  const release = await arena.site.hold(arena.bench);
  member.goOn();
  await member.says(/Handler failed for good/);
  return release;
}

/**
 * Kills the member and waits until its connections are gone. Otherwise the data that it sent would pass at the release.
 */
export async function killUnheard(member: Member, arena: Arena): Promise<void> {
  await member.stop('SIGKILL');
  const { way } = arena.site;
  if (way !== undefined)
    await until(() => way.heldBytes === 0, { withinMs: 10_000, what: 'the connections of the dead member to end' });
}
