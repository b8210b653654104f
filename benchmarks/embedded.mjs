// The embedded backend against a bare libsql loop with the same codec: 1 KB Avro events, published by EventBus and handled by @OnEvent.
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { codec, openBare } from './embedded-bare.mjs';
import { Arrivals, dataOf } from './embedded-events.mjs';
import { openLog } from './embedded-log.mjs';
import { nestApp } from './embedded-nest.mjs';
import { drain, latencies, startToFirst } from './embedded-processes.mjs';
import { interleaved, median, report } from './rounds.mjs';

const ROUNDS = 5;
const EVENTS = 30_000;
const CALLERS = 100;
const BACKLOG = Number(process.env.BACKLOG ?? 1_000_000);
/** The memory of a consumer may grow by so much between the first tenth of a backlog and the last. */
const GROWTH_MB = 60;

export async function run() {
  console.log(`load ${loadavg()[0].toFixed(1)}`);
  const publishing = await interleaved(ROUNDS, {
    nest: () => inFolder(publishWithNest),
    seam: () => inFolder(publishToSeam),
    bare: () => inFolder(publishBare),
  });
  report(`embedded publish, EventBus, ${CALLERS} concurrent callers`, publishing.nest, publishing.bare, '>= 0.5');
  report(`embedded publish, the seam alone`, publishing.seam, publishing.bare, 'none');
  const consuming = await interleaved(ROUNDS, {
    nest200: () => inFolder((path) => consumeWithNest(path, 200)),
    nest1000: () => inFolder((path) => consumeWithNest(path, 1_000)),
    seam200: () => inFolder((path) => consumeFromSeam(path, 200)),
    seam1000: () => inFolder((path) => consumeFromSeam(path, 1_000)),
    bare: () => inFolder(consumeBare),
  });
  report('embedded consume, @OnEvent, maxInFlight 200', consuming.nest200, consuming.bare, '>= 0.5');
  report('embedded consume, @OnEvent, maxInFlight 1000', consuming.nest1000, consuming.bare, '>= 0.5');
  report('embedded consume, the seam alone, 200', consuming.seam200, consuming.bare, 'none');
  report('embedded consume, the seam alone, 1000', consuming.seam1000, consuming.bare, 'none');
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

/** As many to a transaction as there are callers: what travels together. */
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

/** Decodes as the others do, so that the rest is what the backend costs. */
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
    rounds.push(await inFolder((path) => latencies(path, { perSecond: 100, seconds: 6 })));
  }
  const at = (share) => median(rounds.map((sorted) => sorted[Math.floor(sorted.length * share)])).toFixed(1);
  console.log(
    `embedded across processes, 100 events/s, publish to handler: p50 ${at(0.5)} ms (goal <= 5), p99 ${at(0.99)} ms (goal <= 20)`,
  );
}

async function reportStart() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await inFolder(startToFirst));
  console.log(`embedded consumer, process start to first event: ${(median(rounds) / 1_000).toFixed(2)} s (goal <= 2)`);
}

async function reportBacklog() {
  const { perSecond, rssMb } = await inFolder((path) => drain(path, BACKLOG));
  const tenth = Math.max(1, Math.floor(rssMb.length / 10));
  const growth = median(rssMb.slice(-tenth)) - median(rssMb.slice(tenth, 2 * tenth));
  const step = Math.max(1, Math.floor(rssMb.length / 12));
  const series = rssMb.filter((_, n) => n % step === 0).join(' ');
  console.log(
    `embedded backlog of ${BACKLOG.toLocaleString('en')}, @OnEvent: ${Math.round(perSecond).toLocaleString('en')}/s, ` +
      `memory of the consumer ${series} MB, grew by ${growth} MB (at most ${GROWTH_MB})`,
  );
  if (growth > GROWTH_MB) throw new Error(`The memory of a consumer grew by ${growth} MB over a backlog.`);
}
