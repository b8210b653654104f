import type { Connection } from '../client/connection.js';
import type { EntryId } from '../records/entry-id.js';
import { groupKey } from '../keys.js';
import { pairs } from '../client/replies.js';
import { DESPITE_FULL, GIVEN_BACK, NOW } from '../client/scripts.js';

/**
 * A group without members. `expiring`: soon it no longer keeps entries from being removed. `expired`: it no longer
 * does.
 */
export interface GroupWithoutMembers {
  readonly group: string;
  readonly state: 'expiring' | 'expired';
  readonly forMs: number;
}

export interface Trim {
  readonly topic: string;
  /** Entries below this id may be removed. */
  readonly below: EntryId;
  /**
   * Whether to remove all of them. Otherwise a few stay, because Redis removes only whole nodes cheaply. Default false.
   */
  readonly isExact?: boolean;
  /** A group without a living member for this time no longer keeps entries, in ms. */
  readonly groupExpiryMs: number;
  /** Called once per change of state, whichever process trims, before the group's unread entries are removed. */
  readonly onState: (state: GroupWithoutMembers) => void;
  /** Checked between two steps. */
  readonly mayGoOn: () => boolean;
}

/** The share of the expiry after which a group is reported as expiring. */
const WARNED_AFTER = 0.8;
/** The number of entries per step. It adapts so that a step takes about `ms`, including the round trip. */
const STEP = { least: 100, most: 10_000, ms: 5 };

/** Removes entries in steps, but none that a living group has not settled. Resolves with the number removed. */
export async function trim(
  connection: Connection,
  { topic, below, isExact = false, groupExpiryMs, onState, mayGoOn }: Trim,
): Promise<number> {
  const groups = ((await connection.send('XINFO', 'GROUPS', topic)) as readonly unknown[]).map((reply) =>
    String(pairs(reply)['name']),
  );
  const keys = [topic, ...groups.map((group) => groupKey(topic, group))];
  const limits = [groupExpiryMs, groupExpiryMs * WARNED_AFTER, isExact ? '=' : '~'];
  let removed = 0;
  for (let atOnce = STEP.least; mayGoOn();) {
    const from = performance.now();
    const answer = await connection.run(TRIM, keys, below, ...limits, atOnce, ...groups);
    const isQuick = performance.now() - from < STEP.ms;
    const [count, states] = answer as readonly [number, readonly (readonly [string, 'expiring' | 'expired', number])[]];
    for (const [group, state, forMs] of states) onState({ group, state, forMs });
    removed += count;
    if (count === 0) break;
    atOnce = Math.min(STEP.most, Math.max(STEP.least, isQuick ? atOnce * 2 : Math.floor(atOnce / 2)));
  }
  return removed;
}

/**
 * Removes entries in one step and reports groups without members.
 *
 * - Keys: the stream, then the state of each group.
 * - Parameters: the id; the ms without a member after which a group is expired, and after which it is expiring; `=` or
 *   `~`; the maximum number of entries; the groups.
 * - Result: the number removed, and the groups that became `expiring` or `expired`, each with the ms without a member.
 *
 * The script loads no entries, because they may be large. Redis keeps a node that has more entries than the maximum, so
 * the script raises the maximum if nothing was removed.
 */
const TRIM = `${DESPITE_FULL}${NOW}
local function isBelow(one, other)
  local time, sequence = one:match('^(%d+)-(%d+)$')
  local otherTime, otherSequence = other:match('^(%d+)-(%d+)$')
  if #time ~= #otherTime then return #time < #otherTime end
  if time ~= otherTime then return time < otherTime end
  if #sequence ~= #otherSequence then return #sequence < #otherSequence end
  return sequence < otherSequence
end
local function after(id)
  local time, sequence = id:match('^(%d+)-(%d+)$')
  -- Beyond that Lua does not count exactly; then this entry stays.
  if #sequence > 15 then return id end
  return string.format('%s-%d', time, tonumber(sequence) + 1)
end
local keys = {}
for n = 6, #ARGV do keys[ARGV[n]] = KEYS[n - 4] end
local keep = ARGV[1]
local states = {}
for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local group, key = info[2], keys[info[2]]
  local state = 'living'
  -- A group that was made just now has no key here.
  if key then
    local seen = tonumber(redis.call('HGET', key, 'seen') or now)
    for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], group)) do
      if consumer[2] ~= '${GIVEN_BACK}' and now - consumer[6] > seen then seen = now - consumer[6] end
    end
    local fields = redis.call('HGETALL', key)
    for m = 1, #fields, 2 do
      if fields[m]:match('^member:') and tonumber(fields[m + 1]:match('^%d+')) > now then seen = now end
    end
    redis.call('HSET', key, 'seen', string.format('%d', seen))
    local without = now - seen
    if without > tonumber(ARGV[2]) then state = 'expired' elseif without > tonumber(ARGV[3]) then state = 'expiring' end
    if state ~= (redis.call('HGET', key, 'told') or 'living') then
      redis.call('HSET', key, 'told', state)
      if state ~= 'living' then states[#states + 1] = {group, state, without} end
    end
  end
  if state ~= 'expired' then
    local position = redis.call('XPENDING', KEYS[1], group)[2] or after(info[8])
    if isBelow(position, keep) then keep = position end
  end
end
local limit = tonumber(ARGV[5])
for _ = 1, 3 do
  local removed = redis.call('XTRIM', KEYS[1], 'MINID', '~', keep, 'LIMIT', limit)
  if removed > 0 then return {removed, states} end
  limit = limit * 10
end
-- What is left are a few at the beginning of the first node.
return {ARGV[4] == '=' and redis.call('XTRIM', KEYS[1], 'MINID', '=', keep) or 0, states}
`;
