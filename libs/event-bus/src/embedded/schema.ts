/** Marks a SQLite file as one of ours: "NEVB" in ASCII. */
export const APPLICATION_ID = 0x4e455642;

/** Rises with every change of the tables that older versions cannot read. */
export const FORMAT = 2;

/**
 * - topic: `next_position` is where the next record will lie.
 * - consumer_group: records below `cursor` were handed out; those of them that are not in `pending` are settled.
 *   `since` is where it began after its last move, or at all; `passed`, ranges as JSON, is what it had settled before that.
 * - moved_once: what groups were moved for.
 * - member: lives until `lease_until` on the machine's monotonic clock. Its id is never used again, which makes it an epoch.
 * - pending: out of the log's hands and not settled. `is_waiting` 1: kept for `member`, to which its key falls, or for whoever comes when
 *   that is 0. `is_waiting` 0: in the hands of `member`. All records of a key that are in hand are in the hands of one member, and they
 *   are older than those that wait: that is what keeps their order across members.
 *
 * Each topic's records have a table of their own, `record_<id>`, because SQLite appends fastest at the very end of a table.
 */
export const SCHEMA = `
CREATE TABLE topic (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  next_position INTEGER NOT NULL DEFAULT 0,
  last_timestamp INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE consumer_group (
  id INTEGER PRIMARY KEY,
  topic INTEGER NOT NULL,
  name TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  since INTEGER NOT NULL,
  passed TEXT NOT NULL DEFAULT '[]',
  UNIQUE (topic, name)
);
CREATE TABLE moved_once (
  consumer_group INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (consumer_group, reason)
) WITHOUT ROWID;
CREATE TABLE member (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  consumer_group INTEGER NOT NULL,
  name TEXT NOT NULL,
  lease_ms INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
);
CREATE INDEX member_of_group ON member (consumer_group);
CREATE TABLE pending (
  consumer_group INTEGER NOT NULL,
  position INTEGER NOT NULL,
  key_hash INTEGER,
  member INTEGER NOT NULL,
  is_waiting INTEGER NOT NULL,
  PRIMARY KEY (consumer_group, position)
) WITHOUT ROWID;
CREATE INDEX pending_of_key ON pending (consumer_group, key_hash) WHERE key_hash IS NOT NULL;
CREATE INDEX pending_waiting ON pending (consumer_group, member, position) WHERE is_waiting = 1;
`;

/** The table of one topic's records; `headers` is null for none. */
export function recordTable(topic: number): string {
  return `CREATE TABLE record_${topic} (
  position INTEGER PRIMARY KEY,
  timestamp INTEGER NOT NULL,
  key BLOB,
  key_hash INTEGER,
  value BLOB,
  headers BLOB
)`;
}
