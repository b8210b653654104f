// Compares the embedded backend with a bare libsql loop. Both use the same codec and events of 1 KB of Avro. EventBus
// publishes them and @OnEvent handles them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codec, openBare } from './embedded-bare.mjs';
import { Arrivals, dataOf } from './embedded-events.mjs';
import { openLog } from './embedded-log.mjs';
import { nestApp } from './embedded-nest.mjs';
import { drain, latencies, startToFirst } from './embedded-processes.mjs';
import { memoryRow } from './memory.mjs';
import { addRow } from './results.mjs';
import { interleaved, IS_QUICK, median, records, report, ROUNDS } from './rounds.mjs';

const EVENTS = 30_000;
const CALLERS = 100;
const BACKLOG = records(1_000_000);

export async function run() {
  const publishing = await interleaved(ROUNDS, {
    nest: () => inFolder(publishWithNest),
    seam: () => inFolder(publishToSeam),
    bare: () => inFolder(publishBare),
  });
  const appending = { against: `libsql, ${CALLERS} appends to a transaction` };
  report(`embedded publish, ${CALLERS} concurrent callers`, publishing.nest, publishing.bare, '>= 0.5', appending);
  report(`embedded publish, ${CALLERS} callers of the backend alone`, publishing.seam, publishing.bare, '', appending);
  const consuming = await interleaved(ROUNDS, {
    nest200: () => inFolder((path) => consumeWithNest(path, 200)),
    nest1000: () => inFolder((path) => consumeWithNest(path, 1_000)),
    seam200: () => inFolder((path) => consumeFromSeam(path, 200)),
    seam1000: () => inFolder((path) => consumeFromSeam(path, 1_000)),
    bare: () => inFolder(consumeBare),
  });
  const reading = { against: 'libsql, reading all' };
  report('embedded consume', consuming.nest200, consuming.bare, '>= 0.5', reading);
  report('embedded consume, maxInFlight 1,000', consuming.nest1000, consuming.bare, '', reading);
  report('embedded consume, the backend alone', consuming.seam200, consuming.bare, '', reading);
  report('embedded consume, the backend alone, maxInFlight 1,000', consuming.seam1000, consuming.bare, '', reading);
  await reportLatency();
  await reportStart();
  await reportBacklog();
}

async function inFolder(side) {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-bench-'));
  try {
    return await side(join(folder, 'bench.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function publishWithNest(path) {
  const app = await nestApp(path);
  await app.publish(dataOf(0));
  const perSecond = await callers((seq) => app.publish(dataOf(seq)));
  await app.close();
  return perSecond;
}

async function publishToSeam(path) {
  const log = openLog(path);
  await log.publish(0);
  const perSecond = await callers(log.publish);
  await log.close();
  return perSecond;
}

async function callers(publish) {
  const startedAt = performance.now();
  let next = 0;
  const caller = async () => {
    while (next < EVENTS) await publish((next += 1));
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return perSecondSince(startedAt);
}

/** Appends one record per caller in each transaction, like publishes that share a request. */
function publishBare(path) {
  const bare = openBare(path);
  const startedAt = performance.now();
  for (let seq = 0; seq < EVENTS; seq += CALLERS) bare.append(seq, CALLERS);
  const perSecond = perSecondSince(startedAt);
  bare.close();
  return perSecond;
}

async function consumeWithNest(path, maxInFlight) {
  const log = openLog(path);
  await log.fill(EVENTS);
  await log.close();
  const app = await nestApp(path, { maxInFlight });
  const arrivals = new Arrivals();
  const startedAt = performance.now();
  const perSecond = await new Promise((resolve, reject) => {
    app
      .consume(({ number }, { metadata }) => {
        if (arrivals.add(metadata.id, number.seq) === EVENTS) resolve(perSecondSince(startedAt));
      })
      .catch(reject);
  });
  await app.close();
  arrivals.check(EVENTS);
  return perSecond;
}

/** Decodes like the other sides, so the remaining difference is the cost of the backend. */
async function consumeFromSeam(path, maxInFlight) {
  const log = openLog(path);
  await log.fill(EVENTS);
  const arrivals = new Arrivals();
  const stop = new AbortController();
  const startedAt = performance.now();
  let perSecond = 0;
  const handle = async (record) => {
    codec.decodeKey(record);
    const { metadata, data } = codec.decode(record);
    if (arrivals.add(metadata.id, data.number.seq) < EVENTS) return;
    perSecond = perSecondSince(startedAt);
    stop.abort();
  };
  await log.consume(handle, maxInFlight, stop.signal);
  await log.close();
  arrivals.check(EVENTS);
  return perSecond;
}

function consumeBare(path) {
  const bare = openBare(path);
  bare.append(0, EVENTS);
  const arrivals = new Arrivals();
  const startedAt = performance.now();
  bare.readAll(({ metadata, data }) => arrivals.add(metadata.id, data.number.seq));
  const perSecond = perSecondSince(startedAt);
  bare.close();
  arrivals.check(EVENTS);
  return perSecond;
}

function perSecondSince(startedAt) {
  return EVENTS / ((performance.now() - startedAt) / 1_000);
}

async function reportLatency() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await inFolder((path) => latencies(path, { perSecond: 100, seconds: IS_QUICK ? 2 : 6 })));
  }
  for (const [name, share, most] of [
    ['p50', 0.5, 5],
    ['p99', 0.99, 20],
  ]) {
    const ratio = median(rounds.map((sorted) => sorted[Math.floor(sorted.length * share)]));
    const result = `${ratio.toFixed(1)} ms`;
    const work = `embedded, from a process to another at 100/s, ${name}`;
    addRow({ work, ours: result, result, ratio, goal: `<= ${most}` });
  }
}

async function reportStart() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await inFolder(startToFirst));
  const ratio = median(rounds) / 1_000;
  const result = `${ratio.toFixed(2)} s`;
  addRow({
    work: 'embedded, start of the process to the first handled event',
    ours: result,
    result,
    ratio,
    goal: '<= 2',
  });
}

async function reportBacklog() {
  const { perSecond, rssMb } = await inFolder((path) => drain(path, BACKLOG));
  memoryRow('embedded', { backlog: BACKLOG, perSecond, rss: rssMb });
}
