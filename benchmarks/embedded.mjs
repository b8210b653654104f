// The embedded backend against a bare libsql loop that does the same appends and reads, 1 KB values.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import { embedded } from 'nest-event-bus/embedded';
import { interleaved, report } from './rounds.mjs';

const ROUNDS = 5;
const RECORDS = 20_000;
const CALLERS = 100;
const VALUE = Buffer.alloc(1024, 'x');

export async function run() {
  const publishing = await interleaved(ROUNDS, { ours: () => inFolder(publish), bare: () => inFolder(append) });
  report(`embedded publish, ${CALLERS} concurrent callers`, publishing.ours, publishing.bare, '>= 0.5');
  const consuming = await interleaved(ROUNDS, { ours: () => inFolder(consume), bare: () => inFolder(read) });
  report('embedded consume', consuming.ours, consuming.bare, '>= 0.5');
}

async function inFolder(side) {
  const folder = mkdtempSync(join(tmpdir(), 'event-bus-bench-'));
  try {
    return await side(join(folder, 'bench.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const record = (n) => ({
  topic: 'bench',
  key: Buffer.from(`k${n % 1000}`),
  value: VALUE,
  headers: [['n', Buffer.from(String(n))]],
});

async function publish(path) {
  const backend = embedded({ path });
  await backend.publish([record(0)]);
  const startedAt = performance.now();
  let next = 0;
  const caller = async () => {
    while (next < RECORDS) await backend.publish([record((next += 1))]);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  const seconds = (performance.now() - startedAt) / 1000;
  await backend.close();
  return RECORDS / seconds;
}

/** As many appends to a transaction as there are callers: what travels together. */
async function append(path) {
  const { database, insert } = bare(path);
  const startedAt = performance.now();
  for (let n = 0; n < RECORDS; n += CALLERS) {
    database.exec('BEGIN IMMEDIATE');
    for (let m = n; m < n + CALLERS; m += 1) insert(m);
    database.exec('COMMIT');
  }
  const seconds = (performance.now() - startedAt) / 1000;
  database.close();
  return RECORDS / seconds;
}

async function consume(path) {
  const backend = embedded({ path });
  for (let n = 0; n < RECORDS; n += 1000) await backend.publish(Array.from({ length: 1000 }, (_, m) => record(n + m)));
  const stop = new AbortController();
  let seen = 0;
  const startedAt = performance.now();
  const subscription = {
    topic: 'bench',
    group: 'g',
    member: 'm',
    start: 'earliest',
    maxInFlight: 1000,
    stopBudgetMs: 1000,
  };
  let seconds = 0;
  const handle = async () => {
    seen += 1;
    if (seen < RECORDS) return;
    seconds = (performance.now() - startedAt) / 1000;
    stop.abort();
  };
  await backend.consume(subscription, handle, stop.signal);
  await backend.close();
  if (seen !== RECORDS) throw new Error(`${seen} of ${RECORDS} records arrived.`);
  return RECORDS / seconds;
}

/** Reads of 200 and a durable position after each. */
async function read(path) {
  const { database, insert } = bare(path);
  database.exec('BEGIN');
  for (let n = 0; n < RECORDS; n += 1) insert(n);
  database.exec('COMMIT');
  const select = database.prepare(
    'SELECT position, key, value, headers FROM log WHERE position > ? ORDER BY position LIMIT 200',
  );
  const settle = database.prepare('UPDATE place SET position = ?');
  database.exec('INSERT INTO place VALUES (0)');
  const startedAt = performance.now();
  let seen = 0;
  let position = 0;
  for (;;) {
    const rows = select.all([position]);
    if (rows.length === 0) break;
    seen += rows.length;
    position = rows.at(-1).position;
    settle.run([position]);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  database.close();
  if (seen !== RECORDS) throw new Error(`${seen} of ${RECORDS} records were read.`);
  return RECORDS / seconds;
}

function bare(path) {
  const database = new Libsql(path);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE log (position INTEGER PRIMARY KEY, key BLOB, value BLOB, headers BLOB)');
  database.exec('CREATE TABLE place (position INTEGER)');
  const statement = database.prepare('INSERT INTO log (key, value, headers) VALUES (?, ?, ?)');
  return { database, insert: (n) => statement.run([Buffer.from(`k${n % 1000}`), VALUE, Buffer.from(String(n))]) };
}
