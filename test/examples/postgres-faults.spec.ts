import { randomUUID } from 'node:crypto';
import { type Backend, type Subscription, UnavailableError } from 'nest-event-bus/core';
import { stays, until } from 'nest-event-bus/testing';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { postgres as example } from '../../examples/src/postgres/index.js';
import { postgres } from '../../tools/servers/index.mjs';
import { requires } from '../support/requirements.js';
import { makeDatabase, withClient } from './database.js';

await requires('postgres', 'The example over PostgreSQL', (address) => {
  let backend: Backend;
  let topic: string;
  let subscription: Subscription;
  const handled: string[] = [];
  let stopping: AbortController;
  let ended: Promise<unknown>;

  const open = (url: string) => {
    backend = example({ url, leaseMs: 2_000 });
  };
  const record = (id: string) => ({ topic, key: Buffer.from('k'), value: Buffer.from(id), headers: [] });
  /** `ended` resolves with the error when `consume` rejects. */
  const consume = () => {
    stopping = new AbortController();
    ended = backend
      .consume(subscription, ({ value }) => Promise.resolve(void handled.push(String(value))), stopping.signal)
      .catch((error: unknown) => error);
  };
  const allHandled = (ids: string) =>
    until(() => handled.join() === ids, {
      withinMs: 10_000,
      what: () => `${ids} to be handled, got ${handled.join()}`,
    });

  beforeEach(() => {
    topic = randomUUID();
    subscription = { topic, group: 'g', member: 'm', start: 'earliest', maxInFlight: 10, stopBudgetMs: 1_000 };
    handled.length = 0;
  });
  afterEach(async () => {
    stopping.abort();
    await ended;
    await backend.close();
  });

  it('jumps over no record whose transaction commits late', async () => {
    const url = await makeDatabase(await address());
    open(url);
    await backend.createTopic(topic);
    consume();
    await withClient(url, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE event_bus.topic SET next = 1 WHERE topic = $1', [topic]);
      await client.query(`INSERT INTO event_bus.record VALUES ($1, 0, NULL, 'late', '[]')`, [topic]);
      const published = backend.publish([record('soon')]);
      await stays(() => handled.length === 0, { forMs: 200, what: 'nothing is handled' });
      await client.query('COMMIT');
      await expect(published).resolves.toEqual(['1']);
    });
    await allHandled('late,soon');
  });

  it('rejects while the server is away, and goes on where it was afterwards', { timeout: 60_000 }, async () => {
    const server = await postgres();
    onTestFinished(() => server.clear());
    open(await makeDatabase(server.url));
    consume();
    await backend.publish([record('1')]);
    await allHandled('1');
    await until(async () => (await backend.positions(topic, 'g'))[0]?.behind === 0, {
      withinMs: 5_000,
      what: 'it to be settled',
    });
    await server.kill();
    await expect(ended).resolves.toBeInstanceOf(UnavailableError);
    await expect(backend.publish([record('lost')])).rejects.toBeInstanceOf(UnavailableError);
    await server.restart();
    await backend.publish([record('2')]);
    consume();
    await allHandled('1,2');
  });
});
