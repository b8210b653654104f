/** Marks a SQLite file as one of ours: "NEVB" in ASCII. */
export const APPLICATION_ID = 0x4e455642;

/** Rises with every change of the tables that older versions cannot read. */
export const FORMAT = 3;

/**
 * - topic: `next_position` is where the next record will lie.
 * - consumer_group: records below `cursor` were handed out; those of them that are neither in `pending` nor taken by a member are
 *   settled. It is never below the oldest record that is still there. `since` is where it began after its last move, or at all; `passed`, ranges as
 *   JSON, is what it had settled before that.
 *   `idle_ms` is for how long it has had no member while somebody used the log; `removed` counts the records that it lost since then.
 * - moved_once: what groups were moved for.
 * - group_member: lives until `lease_until` on the machine's monotonic clock. Its id is never used again, which makes it an epoch. All
 *   records from `taken_from` to before `taken_until` are in its hands, which is so only while it is alone: before another member can
 *   join, they are written into `pending`.
 * - pending: out of the log's hands and not settled. `is_waiting` 1: kept for `member`, to which its key falls, or for whoever comes when
 *   that is 0. `is_waiting` 0: in the hands of `member`. All records of a key that are in hand are in the hands of one member, and they
 *   are older than those that wait: that is what keeps their order across members. `abandoned` counts the members whose lease ran out
 *   while they had the record in hand.
 * - retention: when somebody last looked for old records, in ms since 1970; one row.
 * - dead_letter_notice: an operator was told at `told_at`, in ms since 1970, that the dead letters of a topic before the position `until`
 *   are to be removed.
 * - set_back: the record there has an earlier time than the one before it, whose clock was ahead. Between two of them times rise.
 * - clock: the wall clocks that were seen lately, each by when the machine would have been started by it, in ms since 1970, and by how long the
 *   machine had been running when it was first seen.
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
 * What makes a file of the format that is its key one of the next. The table of members has another name since format 2, so that a
 * process of an older version that has the file open fails at its next turn, and does not overlook what is taken.
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
`,
  ],
]);

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
