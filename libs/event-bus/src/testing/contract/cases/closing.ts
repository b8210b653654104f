import assert from 'node:assert/strict';

import { UnavailableError } from '../../../core/errors.js';
import type { Cases } from '../case.js';
import { idOf, numbered, outgoing } from '../records.js';

export const closing: Cases = {
  'close waits for what was published before': async (bench) => {
    const backend = await bench.open();
    const published = numbered(100).map((id) => backend.publish([outgoing(bench.topic, id, 'k')]));
    const results = Promise.allSettled(published);
    await bench.within(backend.close(), 'close');
    const refused = (await bench.within(results, 'all calls to settle')).filter(({ status }) => status === 'rejected');
    assert.deepEqual(refused, []);
    assert.deepEqual((await bench.read()).map(idOf), numbered(100));
  },

  'close may be called twice, also at once': async (bench) => {
    const backend = await bench.open();
    await bench.within(Promise.all([backend.close(), backend.close()]), 'close');
    await bench.within(backend.close(), 'close');
  },

  'publish after close rejects': async (bench) => {
    const backend = await bench.open();
    await backend.close();
    await assert.rejects(backend.publish([outgoing(bench.topic, '1', 'k')]), UnavailableError);
    assert.deepEqual(await bench.read(), []);
  },

  'close of one backend leaves others alone': async (bench) => {
    const [one, other] = [await bench.open(), await bench.open()];
    const member = bench.member({ backend: other });
    await bench.groupIsMade();
    await one.close();
    await other.publish([outgoing(bench.topic, '1', 'k')]);
    await bench.until(() => member.calls.length === 1, 'the record');
  },

  'a process that comes and goes leaves the records of others alone': async (bench) => {
    const other = await bench.open();
    await other.ping();
    const passer = bench.child('passer', { role: 'publish', topic: bench.topic, keys: ['k'], count: 1 });
    await bench.within(passer.gone, 'the process to end');
    await bench.publish(['here']);
    await other.publish([outgoing(bench.topic, 'there', 'k')]);
    bench.consumer('reader', { work: 0 });
    const handled = (): readonly string[] => bench.log().flatMap(({ what, id }) => (what === 'handled' ? [id] : []));
    await bench.until(
      () => handled().length >= 3,
      () => `three records in a third process, which got ${handled().join()}`,
    );
    assert.deepEqual(handled(), ['passer-1', 'here', 'there']);
  },

  'nothing keeps a process alive after close': async (bench) => {
    const child = bench.child('publisher', { role: 'publish', topic: bench.topic, keys: ['k'], count: 1 });
    await bench.until(() => bench.log().some(({ what }) => what === 'ended'), 'the process to close its backend');
    await bench.within(child.gone, 'the process to end', bench.limits.promptMs);
  },

  'ping resolves while the broker answers, and rejects after close': async (bench) => {
    const backend = await bench.open();
    await backend.ping();
    await backend.close();
    await assert.rejects(backend.ping(), UnavailableError);
  },
};
