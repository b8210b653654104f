/** A published record, numbered by its publisher. */
export interface Published {
  readonly id: string;
  readonly key: string;
  /** Increases within the key, in publishing order. */
  readonly seq: number;
}

/** Two events of one key that were handled in another order than they were published. */
export interface OutOfOrder {
  readonly key: string;
  readonly id: string;
  /** The id of a record that was published later but handled earlier. */
  readonly after: string;
}

/** The differences between published and handled records. */
export interface History {
  /** Published but never handled. */
  readonly missing: readonly string[];
  /** One entry for each handling after the first. */
  readonly duplicates: readonly string[];
  /** Records that were first handled after a later record of their key. */
  readonly outOfOrder: readonly OutOfOrder[];
  /** Handled but never published. */
  readonly unknown: readonly string[];
}

/** Compares published records with handled ids. `handled` must be in the order of handling. */
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
