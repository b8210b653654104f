/**
 * - topic: `next` is where its next record will lie.
 * - consumer_group: records before `cursor` were drawn from the log; those of them that have no claim are settled. `passed` is what the
 *   group had settled before its last move, which went to `since`.
 * - claim: a record that was drawn and is not settled. It waits while it has no `owner`. `abandoned` counts the members that vanished when
 *   it was the oldest record in their hands. `key` is a hash.
 * - member: no id is used twice, so a member whose lease ran out can settle nothing, whatever it still sends.
 *
 * The lock lets processes that start together make the tables one after the other.
 */
export const SCHEMA = `
SELECT pg_advisory_xact_lock(hashtext('event_bus'));
CREATE SCHEMA IF NOT EXISTS event_bus;
CREATE TABLE IF NOT EXISTS event_bus.topic (topic text PRIMARY KEY, next bigint NOT NULL);
CREATE TABLE IF NOT EXISTS event_bus.record (
  topic text, position bigint, key bytea, value bytea, headers json NOT NULL,
  timestamp bigint NOT NULL DEFAULT floor(extract(epoch FROM clock_timestamp()) * 1000), PRIMARY KEY (topic, position)
);
CREATE TABLE IF NOT EXISTS event_bus.consumer_group (
  topic text, consumer_group text, cursor bigint NOT NULL, since bigint NOT NULL,
  passed int8multirange NOT NULL DEFAULT '{}', moved_for text[] NOT NULL DEFAULT '{}', PRIMARY KEY (topic, consumer_group)
);
CREATE TABLE IF NOT EXISTS event_bus.member (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
  topic text NOT NULL, consumer_group text NOT NULL, lease_until timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS event_bus.claim (
  topic text, consumer_group text, position bigint, key bytea, owner bigint REFERENCES event_bus.member ON DELETE SET NULL,
  abandoned int NOT NULL DEFAULT 0, PRIMARY KEY (topic, consumer_group, position)
);
CREATE INDEX IF NOT EXISTS claim_key ON event_bus.claim (topic, consumer_group, key);`;
