import assert from 'node:assert/strict';

import type { Cases } from '../case.js';
import { AdminError } from '../../../core/errors.js';

export const unknown: Cases = {
  'positions of an unknown topic are refused': async (bench) => {
    const topic = bench.name('unknown');
    await isRefused(topic, bench.backend.positions(topic, bench.group));
  },

  'positions of an unknown group are refused': async (bench) => {
    await isRefused(bench.group, bench.backend.positions(bench.topic, bench.group));
  },

  'a move on an unknown topic is refused': async (bench) => {
    const topic = bench.name('unknown');
    await isRefused(topic, bench.backend.move(topic, bench.group, 'start'));
  },

  'a move of an unknown group is refused': async (bench) => {
    await isRefused(bench.group, bench.backend.move(bench.topic, bench.group, 'start'));
  },

  'a dry run of an unknown group is refused': async (bench) => {
    await isRefused(bench.group, bench.backend.move(bench.topic, bench.group, 'start', { dryRun: true }));
  },

  'groups of an unknown topic are refused': async (bench) => {
    const topic = bench.name('unknown');
    await isRefused(topic, bench.backend.groups(topic));
  },

  'reading an unknown topic is refused': async (bench) => {
    const topic = bench.name('unknown');
    await isRefused(topic, bench.read(topic));
  },
};

/** An operator reads the message, so it must contain the unknown name. */
async function isRefused(name: string, call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof AdminError, String(error));
    assert.ok(error.message.includes(name), error.message);
    return true;
  });
}
