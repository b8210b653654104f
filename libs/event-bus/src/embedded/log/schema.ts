/** Marks a SQLite file as an event log: "NEVB" in ASCII. */
export const APPLICATION_ID = 0x4e455642;

/** The version of the tables. Increases with every change that older code cannot read. */
export const FORMAT = 3;

/** The tables that format 3 added. A new file gets the same. */
const TABLES_OF_FORMAT_3 = `\
CREATE TABLE dead_letter_notice (
  topic INTEGER PRIMARY KEY,
  until INTEGER NOT NULL,
  told_at INTEGER NOT NULL
);
CREATE TABLE set_back (
  topic INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (topic, position)
) WITHOUT ROWID;
CREATE TABLE clock (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  booted_at INTEGER NOT NULL,
  since_ms INTEGER NOT NULL
);
`;

/**
 * The tables:
 *
 * - topic: `next_position` is the position of the next record.
 * - consumer_group: a group has claimed all records below `cursor`. Those that are neither in `pending` nor in a
 *   member's range are settled. The cursor is never below the oldest record in the topic. `since` is where the group
 *   started, originally or after its last move; `passed` are the ranges settled before that, as JSON. `idle_ms` is how
 *   long the group has had no member while the log was in use; `removed` counts the records that it lost since then.
 * - moved_once: the `once` keys of moves.
 * - group_member: a member lives until `lease_until` on the machine's monotonic clock. Ids are never used again, so the
 *   id of a member is also its epoch. The member holds the range `taken_from` ≤ position < `taken_until`. Only a single
 *   member has a range: before another one joins, the range is written into `pending`.
 * - pending: claimed and not settled. `is_waiting` 1: reserved for `member` by the hash of the key, or for any member
 *   if `member` is 0. `is_waiting` 0: in the hands of `member`. All records in hand with one key are held by one member
 *   and are older than the waiting ones; this keeps the order across members. `abandoned` counts the members whose
 *   lease expired while they held the record.
 * - retention: one row with the time of the last removal of old records, in ms since 1970.
 * - dead_letter_notice: at `told_at`, in ms since 1970, the operator was told that the topic's dead letters before the
 *   position `until` will be removed.
 * - set_back: the positions of records with an earlier time than the record before, whose clock was ahead. Between two
 *   of them, times rise.
 * - clock: the wall clocks seen recently. `booted_at` is the boot time of the machine by that clock, in ms since 1970;
 *   `since_ms` is the uptime when the clock was first seen.
 *
 * Each topic has its own table of records, `record_<id>`, because SQLite appends fastest at the end of a table.
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
  since INTEGER NOT NULL DEFAULT 0,
  passed TEXT NOT NULL DEFAULT '[]',
  idle_ms INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (topic, name)
);
CREATE TABLE moved_once (
  consumer_group INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (consumer_group, reason)
) WITHOUT ROWID;
CREATE TABLE group_member (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  consumer_group INTEGER NOT NULL,
  name TEXT NOT NULL,
  lease_ms INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  taken_from INTEGER NOT NULL DEFAULT 0,
  taken_until INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX member_of_group ON group_member (consumer_group);
CREATE TABLE pending (
  consumer_group INTEGER NOT NULL,
  position INTEGER NOT NULL,
  key_hash INTEGER,
  member INTEGER NOT NULL,
  is_waiting INTEGER NOT NULL,
  abandoned INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (consumer_group, position)
) WITHOUT ROWID;
CREATE INDEX pending_of_key ON pending (consumer_group, key_hash) WHERE key_hash IS NOT NULL;
CREATE INDEX pending_waiting ON pending (consumer_group, member, position) WHERE is_waiting = 1;
CREATE INDEX pending_suspect ON pending (consumer_group, member) WHERE abandoned > 1;
CREATE TABLE retention (looked_at INTEGER NOT NULL);
INSERT INTO retention VALUES (0);
${TABLES_OF_FORMAT_3}`;

/**
 * Format → the SQL that migrates a file to the next format. Format 2 renamed the table of members. If an older process
 * still has the file open, its next turn fails, so it cannot overlook claimed ranges.
 */
export const MIGRATIONS: ReadonlyMap<number, string> = new Map([
  [
    1,
    `
ALTER TABLE member RENAME TO group_member;
ALTER TABLE group_member ADD COLUMN taken_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE group_member ADD COLUMN taken_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE consumer_group ADD COLUMN idle_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE consumer_group ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE consumer_group ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE consumer_group ADD COLUMN passed TEXT NOT NULL DEFAULT '[]';
UPDATE consumer_group SET passed = json_array(json_array(0, replay_until)) WHERE replay_until > 0;
ALTER TABLE consumer_group DROP COLUMN replay_until;
CREATE TABLE moved_once (
  consumer_group INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (consumer_group, reason)
) WITHOUT ROWID;
CREATE TABLE retention (looked_at INTEGER NOT NULL);
INSERT INTO retention VALUES (0);
`,
  ],
  [
    2,
    `
ALTER TABLE pending ADD COLUMN abandoned INTEGER NOT NULL DEFAULT 0;
CREATE INDEX pending_suspect ON pending (consumer_group, member) WHERE abandoned > 1;
${TABLES_OF_FORMAT_3}`,
  ],
]);

/** The table of one topic's records. `headers` is null if there are none. */
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
