import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const linesOf = (file) => createInterface({ input: createReadStream(file), crlfDelay: Infinity });

/**
 * The answers to a publisher: for each record its position, or that it was rejected. A line cut off by a kill counts as
 * not written.
 */
export async function readJournal(file) {
  const confirmed = new Map();
  const rejected = new Map();
  let sent = 0;
  for await (const line of linesOf(file)) {
    const [what, number, ...rest] = line.split(' ');
    const n = Number(number);
    if (what === 's') sent = n;
    if (what === 'c') confirmed.set(n, { position: rest[0], at: Number(rest[1]), latencyMs: Number(rest[2]) });
    if (what === 'r')
      rejected.set(n, { at: Number(rest[0]), latencyMs: Number(rest[1]), why: rest.slice(2).join(' ') });
  }
  return { confirmed, rejected, sent: Math.max(sent, 1 + last(confirmed), 1 + last(rejected)) };
}

/** The contents of the log: for each record its positions, in the order of each partition. */
export async function readPlaces(file) {
  const places = new Map();
  for await (const line of linesOf(file)) {
    const [topic, partition, offset, number, key] = line.split(' ');
    const n = Number(number);
    const place = { topic, partition: Number(partition), offset: Number(offset), key };
    const known = places.get(n);
    if (known === undefined) places.set(n, [place]);
    else known.push(place);
  }
  return places;
}

/**
 * Compares the answers with the log, record by record. `topics` are those of the publisher. `mayReject` returns whether
 * a record may be rejected after the publish timeout, `concerns` whether it counts.
 */
export function compare(
  { confirmed, rejected, sent },
  places,
  { topics, keys, publishTimeoutMs, mayReject, concerns = () => true },
) {
  const lost = [];
  const twice = [];
  const wrongPosition = [];
  const rejectedInLog = [];
  const unanswered = [];
  const unansweredInLog = [];
  for (let n = 0; n < sent; n += 1) {
    if (!concerns(n)) continue;
    const found = places.get(n) ?? [];
    if (found.length > 1) twice.push(n);
    const told = confirmed.get(n);
    if (told !== undefined) {
      if (found.length === 0) lost.push(n);
      else if (!found.some((place) => isAt(place, told.position, topics[n % topics.length]))) wrongPosition.push(n);
    } else if (rejected.has(n)) {
      if (found.length > 0) rejectedInLog.push(n);
    } else {
      unanswered.push(n);
      if (found.length > 0) unansweredInLog.push(n);
    }
  }
  const foreign = [...places].filter(([n, found]) => n >= sent || found.some(({ key }) => key !== `k${n % keys}`));
  return {
    sent,
    confirmed: [...confirmed.keys()].filter(concerns).length,
    lost,
    twice,
    outOfOrder: outOfOrder(confirmed, places),
    wrongPosition,
    foreign: foreign.map(([n]) => n),
    rejected: [...rejected.keys()].filter(concerns),
    /** Rejected before the timeout, or although a broker could take it. */
    undue: [...rejected]
      .filter(([n, { latencyMs }]) => concerns(n) && (!mayReject(n) || latencyMs < publishTimeoutMs - 1_000))
      .map(([n]) => n),
    rejectedInLog,
    unanswered,
    unansweredInLog,
    why: count([...rejected.values()].map(({ why }) => why.replace(/\d+/g, '0'))),
  };
}

/** Confirmed records that come after a later record of their key in the log. For a duplicate, the first copy counts. */
function outOfOrder(confirmed, places) {
  const ofKey = new Map();
  for (const [n, [place]] of places) {
    if (!confirmed.has(n)) continue;
    const key = `${place.topic} ${place.partition} ${place.key}`;
    const known = ofKey.get(key);
    if (known === undefined) ofKey.set(key, [{ n, offset: place.offset }]);
    else known.push({ n, offset: place.offset });
  }
  const wrong = [];
  for (const records of ofKey.values()) {
    let newest = -1;
    for (const { n } of records.sort((one, other) => one.offset - other.offset)) {
      if (n < newest) wrong.push(n);
      else newest = n;
    }
  }
  return wrong;
}

function isAt(place, position, topic) {
  return place.topic === topic && position === `${place.partition}:${place.offset}`;
}

function last(records) {
  let most = -1;
  for (const n of records.keys()) most = Math.max(most, n);
  return most;
}

function count(texts) {
  const found = {};
  for (const text of texts) found[text] = (found[text] ?? 0) + 1;
  return found;
}

/** The quantile `q` of the numbers: the share `q` of them is at most this value. */
export function quantile(numbers, q) {
  if (numbers.length === 0) return 0;
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
}
