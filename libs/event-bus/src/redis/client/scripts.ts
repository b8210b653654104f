// What has to happen in one go, as Lua. Every script takes the stream and the group's state (`groupKey`) as its keys.

/** Owns what members gave back unsettled; whoever looks next may take it at once. */
export const GIVEN_BACK = 'event-bus:given-back';

/**
 * The first line of a script whose writes a server takes that is full (`maxmemory`): they are few and small, and without them nobody could
 * consume, so that nothing could be removed. Redis 7.0 and newer.
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

/** Makes a stream without entries unless there is one. Keys: the stream alone. */
export const CREATE_STREAM = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[1], 'event-bus:create', '0-0', 'MKSTREAM')
  redis.call('XGROUP', 'DESTROY', KEYS[1], 'event-bus:create')
end
return redis.call('TYPE', KEYS[1]).ok
`;

/** Takes a member's name for a while; 0 when a living member of another process has it. Parameters: name, token, lease in ms. */
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
 * Renews a member's name and resets the idle time of its entries, which counts no delivery. Parameters: group, name, token, lease in ms, ids.
 * Answers with whether the name is still the member's, and the ids that are another's by now: as this member lives, it does not count as one
 * that vanished with them.
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

/** Takes back that a member vanished with entries that others have by now. Parameters: group, name, ids. */
export const UNCOUNT = `${DESPITE_FULL}${PENDING}
for n = 3, #ARGV do
  local entry = pending(ARGV[n])
  if entry and entry[2] ~= ARGV[2] then uncount(entry) end
end
return 1
`;

/** Takes the member off the group: all that it owns is given back, as if it had never had it, and its name goes. Parameters: group, name, token. */
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
 * Removes the names of members that are gone and own nothing. Parameters: group, and after how many ms without a sign of life a member
 * that is not ours counts as gone.
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
 * Makes a group, and the stream when it is missing, and notes where the group began unless it had been there before. Parameters: group, the id
 * before the entry that comes first. Answers with BUSYGROUP when it is there.
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
 * Moves a group that has no living members. Parameters: group, the id before the record that comes next (empty for a dry run), what it had
 * passed by then, for how many ms a member that is not ours counts as living after it was last seen, and what the move is for, or nothing.
 * Answers with whether it was moved for that before, and the living members; when it was, or when there are any, it has moved nothing.
 */
export const MOVE = `${DESPITE_FULL}${NOW}
if ARGV[5] ~= '' and redis.call('HEXISTS', KEYS[2], 'once:' .. ARGV[5]) == 1 then return {1, {}} end
local living = {}
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local name, idle = consumer[2], consumer[6]
  local held = redis.call('HGET', KEYS[2], 'member:' .. name)
  if name ~= '${GIVEN_BACK}' and not held and idle < tonumber(ARGV[4]) then living[#living + 1] = name end
end
local fields = redis.call('HGETALL', KEYS[2])
for n = 1, #fields, 2 do
  local name = fields[n]:match('^member:(.*)$')
  if name and tonumber(fields[n + 1]:match('^%d+')) > now then living[#living + 1] = name end
end
if #living > 0 or ARGV[2] == '' then return {0, living} end
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer[2])
  redis.call('HDEL', KEYS[2], 'member:' .. consumer[2])
end
redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], 'since', ARGV[2], 'passed', ARGV[3], 'position', ARGV[2])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[2], 'once:' .. ARGV[5], string.format('%d', now)) end
return {0, living}
`;

/** Remembers where the group stands. Parameters: the id up to which all is settled. */
export const REMEMBER = `${DESPITE_FULL}
return redis.call('HSET', KEYS[2], 'position', ARGV[1])
`;
