-- The tables of the backend, for PostgreSQL 15 or newer. Run it with your migrations.
CREATE SCHEMA event_bus;

-- `next` is the position of the topic's next record.
CREATE TABLE event_bus.topic (topic text PRIMARY KEY, next bigint NOT NULL);

CREATE TABLE event_bus.record (
  topic text,
  position bigint,
  key bytea,
  value bytea,
  headers json NOT NULL,
  timestamp bigint NOT NULL DEFAULT floor(extract(epoch FROM clock_timestamp()) * 1000),
  PRIMARY KEY (topic, position)
);
-- An index of the hash, because an index cannot hold long keys.
CREATE INDEX record_key ON event_bus.record (topic, sha256(key), position);

-- `done` are the positions that the group does not get any more. It starts at -1, so the end of its first range is the
-- oldest unsettled record.
-- `passed` are the positions that the group had settled before its last move. `since` is the target of that move.
-- `abandoned` is the number of members that vanished while `suspect` was the oldest record in their hands.
CREATE TABLE event_bus.consumer_group (
  topic text,
  consumer_group text,
  done int8multirange NOT NULL,
  since bigint NOT NULL,
  passed int8multirange NOT NULL DEFAULT '{}',
  moved_for text[] NOT NULL DEFAULT '{}',
  suspect bigint NOT NULL DEFAULT -1,
  abandoned int NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, consumer_group)
);

-- `held` are the positions of the records in the member's hands, until its lease runs out.
CREATE TABLE event_bus.member (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  topic text NOT NULL,
  consumer_group text NOT NULL,
  lease_until timestamptz NOT NULL,
  held int8multirange NOT NULL DEFAULT '{}'
);

-- The groups with the names of their members, in the words of the interface.
CREATE VIEW event_bus.topic_group AS
SELECT topic, consumer_group AS "group", ARRAY(
  SELECT name FROM event_bus.member m
  WHERE m.topic = g.topic AND m.consumer_group = g.consumer_group AND lease_until > clock_timestamp()
) AS members
FROM event_bus.consumer_group g;
