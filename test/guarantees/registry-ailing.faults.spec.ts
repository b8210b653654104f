import { createServer, request } from 'node:http';
import { setTimeout as pass } from 'node:timers/promises';
import { until } from 'nest-event-bus/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { onSites } from '../support/faults/on-sites.js';
import { keepRow, verdictOf } from '../support/faults/verdict.js';

const EVENTS = 2_000;
const AILING_MS = 20_000;

/** The behavior of a broken registry. */
type Ailment = 'does not answer' | 'answers 500' | 'answers after 5 s';

await onSites(['Kafka 3.9'], ({ name, open }) => {
  const clearing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const clear of clearing.splice(0)) await clear();
  });

  describe('a schema registry for 20 s costs no event, and needs no operator, when it', () => {
    for (const ailment of ['does not answer', 'answers 500', 'answers after 5 s'] as const) {
      it(ailment, { timeout: 180_000 }, async () => {
        const arena = await open(`registry ${ailment}`);
        const registry = await ailing(arena.bench.env['EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL'] ?? '');
        clearing.push(registry.close);
        const env = { EVENT_BUS_KAFKA_SCHEMA_REGISTRY_URL: registry.url, EVENT_BUS_PUBLISH_TIMEOUT: '5' };
        await arena.publish(arena.events(EVENTS));
        registry.ail(ailment);
        const member = arena.member({ env });
        const publisher = arena.publisher({ rate: 50, count: 200, env });
        await member.says(/Could not read the record, will try again|Consuming:/, 40_000);
        await pass(AILING_MS);
        expect(await arena.deadLetters()).toEqual([]);
        if (ailment !== 'answers after 5 s') expect(arena.handled).toEqual([]);
        registry.ail(undefined);
        const wellAt = Date.now();
        const before = arena.handled.length;
        // If the registry was only slow, events may have been handled meanwhile.
        await until(() => arena.handled.length > Math.min(before, EVENTS), {
          withinMs: 90_000,
          what: 'events to be handled again',
        });
        const next = arena.lines.filter(({ what }) => what === 'ended')[before];
        const recoveryMs = next === undefined ? 0 : Math.max(0, next.at - wellAt);
        expect(await publisher.ended, publisher.lines.slice(-5).join('\n')).toBe(0);
        await arena.settled(90_000);
        await expect(member.stop()).resolves.toBe(0);
        const verdict = await verdictOf(arena);
        expect(verdict).toMatchObject({ lost: 0, unknown: 0, outOfOrder: 0, duplicates: 0, deadLetters: 0 });
        const row = { promise: 'A registry that goes away costs no event', backend: name };
        keepRow({ ...row, fault: `the registry ${ailment} for 20 s` }, { ...verdict, allowed: 0, recoveryMs });
      });
    }
  });
});

/** A proxy to a registry that can show one of these problems. */
async function ailing(to: string) {
  let ailment: Ailment | undefined;
  const target = new URL(to);
  const server = createServer((incoming, outgoing) => {
    if (ailment === 'does not answer') return;
    if (ailment === 'answers 500') {
      incoming.resume();
      outgoing.writeHead(500, { 'content-type': 'application/json' }).end('{"error_code": 50001, "message": "no"}');
      return;
    }
    const { method, url, headers } = incoming;
    const forward = () => {
      const onward = request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    };
    if (ailment === undefined) forward();
    else setTimeout(forward, 5_000);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('The proxy has no address.');
  return {
    url: `http://127.0.0.1:${at.port}${target.pathname}`,
    ail: (next: Ailment | undefined) => void (ailment = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
