/** A record as its publisher numbered it. */
export interface Published {
  readonly id: string;
  readonly key: string;
  /** Rises by publishing order within the key. */
  readonly seq: number;
}

/** Two events of one key that were handled in another order than they were published. */
export interface OutOfOrder {
  readonly key: string;
  readonly id: string;
  /** What was handled before it although it was published later. */
  readonly after: string;
}

/** How what was handled differs from what was published. */
export interface History {
  /** Published and never handled. */
  readonly missing: readonly string[];
  /** One entry for every time after the first. */
  readonly duplicates: readonly string[];
  /** Records first handled after a later one of their key. */
  readonly outOfOrder: readonly OutOfOrder[];
  /** Handled and never published. */
  readonly unknown: readonly string[];
}

/** Compares the ids of what was published with those of what was handled, the latter in the order of the handling. */
export function checkHistory(published: Iterable<Published>, handled: Iterable<string>): History {
  const byId = new Map<string, Published>();
  for (const record of published) byId.set(record.id, record);
  const seen = new Set<string>();
  const newest = new Map<string, Published>();
  const duplicates: string[] = [];
  const outOfOrder: OutOfOrder[] = [];
  const unknown: string[] = [];
  for (const id of handled) {
    const record = byId.get(id);
    if (record === undefined) {
      unknown.push(id);
    } else if (seen.has(id)) {
      duplicates.push(id);
    } else {
      seen.add(id);
      const before = newest.get(record.key);
      if (before !== undefined && before.seq > record.seq) outOfOrder.push({ key: record.key, id, after: before.id });
      else newest.set(record.key, record);
    }
  }
  return { missing: [...byId.keys()].filter((id) => !seen.has(id)), duplicates, outOfOrder, unknown };
}
