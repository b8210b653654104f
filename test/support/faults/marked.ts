import { until } from 'nest-event-bus/testing';
import type { Arena, Member } from './arena.js';

const EVENTS = 150;
const MARKED = 60;

/** Publishes events one of which is marked: there a member with a point stops. Answers with its id. */
export async function publishMarked(arena: Arena): Promise<string> {
  const events = arena.events(EVENTS, { word: (n) => (n === MARKED ? 'mark' : 'plain') });
  await arena.publish(events);
  return events[MARKED]?.id ?? '';
}

/** The handler at its point ends, and what the member wants to settle does not reach the broker; answers with how it does after all. */
export async function endsUnheard(member: Member, arena: Arena, marked: string): Promise<() => Promise<void>> {
  const release = await arena.site.hold(arena.bench);
  member.goOn();
  await until(() => arena.handled.includes(marked), { withinMs: 10_000, what: 'the handler to end' });
  const { way } = arena.site;
  if (way !== undefined)
    await until(() => way.heldBytes > 0, { withinMs: 10_000, what: 'the commit to be on its way' });
  return release;
}

/** The handler at its point fails for good, and the dead letter does not reach the broker; answers with how it does after all. */
export async function failsUnheard(member: Member, arena: Arena): Promise<() => Promise<void>> {
  const release = await arena.site.hold(arena.bench);
  member.goOn();
  await member.says(/Handler failed for good/);
  return release;
}

/** Kills the member and waits until what it wanted to send is gone with its connections: else it would go on at the release. */
export async function killUnheard(member: Member, arena: Arena): Promise<void> {
  await member.stop('SIGKILL');
  const { way } = arena.site;
  if (way !== undefined)
    await until(() => way.heldBytes === 0, { withinMs: 10_000, what: 'the connections of the dead member to end' });
}
