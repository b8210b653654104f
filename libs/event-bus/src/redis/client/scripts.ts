// Lua scripts for operations that must be atomic. KEYS[1] is the stream and KEYS[2] the state of the group
// (`groupKey`), unless a script says otherwise.

/** The consumer name that owns entries returned by members. Any member may claim these entries at once. */
export const GIVEN_BACK = 'event-bus:given-back';

/**
 * The first line of scripts that run although the server is out of memory (`maxmemory`). Their writes are few and
 * small. Without them nobody could consume, and nothing could be removed. Needs Redis 7.0.
 */
export const DESPITE_FULL = `#!lua flags=allow-oom`;

export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

const PENDING = `
local function pending(id)
  return redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
end
local function uncount(entry)
  local id, owner, idle, count = unpack(entry)
  redis.call('XCLAIM', KEYS[1], ARGV[1], owner, 0, id, 'IDLE', idle, 'RETRYCOUNT', math.max(0, count - 1), 'JUSTID')
end
`;

/** Creates an empty stream if none exists. Keys: the stream. */
export const CREATE_STREAM = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[1], 'event-bus:create', '0-0', 'MKSTREAM')
  redis.call('XGROUP', 'DESTROY', KEYS[1], 'event-bus:create')
end
return redis.call('TYPE', KEYS[1]).ok
`;

/**
 * Takes a member's name for the time of a lease. Answers with 0 if a living member of another process has it.
 * Parameters: name, token, lease in ms.
 */
export const TAKE_NAME = `${DESPITE_FULL}${NOW}
local held = redis.call('HGET', KEYS[2], 'member:' .. ARGV[1])
if held then
  local ends, token = held:match('^(%d+) (.*)$')
  if tonumber(ends) > now and token ~= ARGV[2] then return 0 end
end
redis.call('HSET', KEYS[2], 'member:' .. ARGV[1], string.format('%d %s', now + ARGV[3], ARGV[2]))
return 1
`;

/**
 * Renews a member's name and resets the idle time of its entries, without counting a delivery.
 *
 * - Parameters: group, name, token, lease in ms, ids.
 * - Result: 1 if the member still has the name, and the ids that other members own now.
 *
 * The claims of those other members counted this member as vanished. The script corrects that count.
 */
export const RENEW = `${DESPITE_FULL}${NOW}${PENDING}
local held = redis.call('HGET', KEYS[2], 'member:' .. ARGV[2])
if held and held:match('^%d+ (.*)$') ~= ARGV[3] then return {0, {}} end
redis.call('HSET', KEYS[2], 'member:' .. ARGV[2], string.format('%d %s', now + ARGV[4], ARGV[3]))
local lost = {}
for n = 5, #ARGV do
  local entry = pending(ARGV[n])
  if entry and entry[2] == ARGV[2] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[n], 'JUSTID')
  elseif entry then
    lost[#lost + 1] = ARGV[n]
    uncount(entry)
  end
end
return {1, lost}
`;

/**
 * Corrects the delivery count of entries that others claimed from a member that had not vanished. Parameters: group,
 * name, ids.
 */
export const UNCOUNT = `${DESPITE_FULL}${PENDING}
for n = 3, #ARGV do
  local entry = pending(ARGV[n])
  if entry and entry[2] ~= ARGV[2] then uncount(entry) end
end
return 1
`;

/**
 * Removes a member from the group. Its entries become claimable at once, and this delivery is not counted. Parameters:
 * group, name, token.
 */
export const LEAVE = `${DESPITE_FULL}
local held = redis.call('HGET', KEYS[2], 'member:' .. ARGV[2])
if held and held:match('^%d+ (.*)$') ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[2], 'member:' .. ARGV[2])
while true do
  local owned = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000, ARGV[2])
  if #owned == 0 then break end
  for _, entry in ipairs(owned) do
    redis.call('XCLAIM', KEYS[1], ARGV[1], '${GIVEN_BACK}', 0, entry[1], 'TIME', 0, 'RETRYCOUNT', math.max(0, entry[4] - 1), 'JUSTID')
  end
end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
`;

/**
 * Removes the names of members that are gone and own no entries. Parameters: group, and the idle time in ms after which
 * a member of another implementation counts as gone.
 */
export const REMOVE_DEAD = `${DESPITE_FULL}${NOW}
local removed = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local name, pending, idle = consumer[2], consumer[4], consumer[6]
  if pending == 0 then
    local held = redis.call('HGET', KEYS[2], 'member:' .. name)
    local isGone
    if held then isGone = tonumber(held:match('^%d+')) + 0 < now else isGone = idle > tonumber(ARGV[2]) end
    if isGone then
      redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
      redis.call('HDEL', KEYS[2], 'member:' .. name)
      removed = removed + 1
    end
  end
end
return removed
`;

/**
 * Creates a group, and the stream if it does not exist. Records where the group began unless it existed before. Answers
 * with BUSYGROUP if the group exists. Parameters: group, the id before its first entry.
 */
export const CREATE_GROUP = `${DESPITE_FULL}
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2], 'MKSTREAM')
if made.err then return made end
redis.call('HDEL', KEYS[2], 'seen', 'told')
if redis.call('HEXISTS', KEYS[2], 'position') + redis.call('HEXISTS', KEYS[2], 'since') == 0 then
  for _, group in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    if group[2] == ARGV[1] then redis.call('HSET', KEYS[2], 'since', group[8]) end
  end
end
return 1
`;

/**
 * Defines `living(idleMs)`: the names of the group's living members. A member of another implementation counts as
 * living for this long after it was last seen. Needs the group as ARGV[1].
 */
const LIVING = `${NOW}
local function living(idleMs)
  local names = {}
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    local name, idle = consumer[2], consumer[6]
    local held = redis.call('HGET', KEYS[2], 'member:' .. name)
    if name ~= '${GIVEN_BACK}' and not held and idle < tonumber(idleMs) then names[#names + 1] = name end
  end
  local fields = redis.call('HGETALL', KEYS[2])
  for n = 1, #fields, 2 do
    local name = fields[n]:match('^member:(.*)$')
    if name and tonumber(fields[n + 1]:match('^%d+')) > now then names[#names + 1] = name end
  end
  return names
end
`;

/** Answers with the names of the living members. Parameters: group, and `livingMs` as for {@link MOVE}. */
export const MEMBERS = `${LIVING}
return living(ARGV[2])
`;

/**
 * Moves a group without living members. Otherwise, or if `once` was used before, it changes nothing.
 *
 * - Parameters: group; the id before the next record, empty for a dry run; the settled ranges as JSON; for how many ms
 *   a member of another implementation counts as living after it was last seen; the `once` key of the move, or empty.
 * - Result: 1 if a move with this `once` key has happened before, and the names of the living members.
 */
export const MOVE = `${DESPITE_FULL}${LIVING}
if ARGV[5] ~= '' and redis.call('HEXISTS', KEYS[2], 'once:' .. ARGV[5]) == 1 then return {1, {}} end
local members = living(ARGV[4])
if #members > 0 or ARGV[2] == '' then return {0, members} end
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer[2])
  redis.call('HDEL', KEYS[2], 'member:' .. consumer[2])
end
redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], 'since', ARGV[2], 'passed', ARGV[3], 'position', ARGV[2])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[2], 'once:' .. ARGV[5], string.format('%d', now)) end
return {0, members}
`;

/** Stores the position of the group. Parameters: the id up to which all entries are settled. */
export const REMEMBER = `${DESPITE_FULL}
return redis.call('HSET', KEYS[2], 'position', ARGV[1])
`;
