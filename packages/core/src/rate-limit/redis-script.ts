// Times are microseconds as Lua numbers: doubles, which are exact up to 2^53, the year 2255. Redis prints a number with fewer
// digits than that, so a time becomes text through string.format only. A state is one string of cmsgpack: exact for whole
// numbers (cjson rounds them to 14 digits), a tenth of the memory of a sorted set with a member for each request, and part of
// every Redis. State: when it was begun, the times that count, oldest first, and how many requests came at each.

/** A script, and the name by which Redis knows it once it has seen it. */
export interface RedisScript {
  readonly text: string;
  /** SHA-1 of the text in hex. */
  readonly sha: () => Promise<string>;
}

function script(text: string): RedisScript {
  let sha: Promise<string> | undefined;
  return {
    text,
    sha: () => {
      sha ??= sha1(text);
      return sha;
    },
  };
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Judges limits, and counts the request against all of them or none.
 *
 * KEYS: the state of each limit; then the reservation, if one is wanted.
 * ARGV: the cost; "write" to count the request or "read" to look; how long a reservation outlives its slots, in ms; then of each limit the most requests
 * and the window in seconds.
 * Answers whole numbers: 1 or 0 for allowed, the time; then of each limit how many requests count, when a request of this cost
 * fits (0: now) and the time of the last one that counts (0: none does).
 */
export const takeScript: RedisScript = /* @__PURE__ */ script(`
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local cost = tonumber(ARGV[1])
local allowed = true
local limits = {}

for i = 1, (#ARGV - 3) / 2 do
  local limit = {
    max = tonumber(ARGV[2 * i + 2]), window = ARGV[2 * i + 3] * 1000000,
    started = now, times = {}, amounts = {}, used = 0,
  }
  local packed = redis.call('GET', KEYS[i])
  if packed then
    local started, times, amounts = cmsgpack.unpack(packed)
    limit.started = started
    for j, time in ipairs(times) do
      if time > now - limit.window then
        table.insert(limit.times, time)
        table.insert(limit.amounts, amounts[j])
        limit.used = limit.used + amounts[j]
      end
    end
  end
  allowed = allowed and limit.used + cost <= limit.max
  limits[i] = limit
end

if allowed and ARGV[2] == 'write' then
  local slots = {}
  local longest = 0
  for i, limit in ipairs(limits) do
    local time = now
    if limit.max > 100 then
      local part = limit.window / 100
      time = now - now % part + part
    end
    local last = #limit.times
    -- A clock that was set back must not bring the times out of order.
    if last > 0 and limit.times[last] >= time then
      time = limit.times[last]
      limit.amounts[last] = limit.amounts[last] + cost
    else
      table.insert(limit.times, time)
      table.insert(limit.amounts, cost)
    end
    limit.used = limit.used + cost
    local lasts = math.ceil((time + limit.window - now) / 1000)
    redis.call('SET', KEYS[i], cmsgpack.pack(limit.started, limit.times, limit.amounts), 'PX', lasts)
    longest = math.max(longest, lasts)
    table.insert(slots, KEYS[i])
    table.insert(slots, string.format('%.0f %.0f', limit.started, time))
  end
  local reservation = KEYS[#limits + 1]
  if reservation then
    redis.call('HSET', reservation, 'status', 'held', 'cost', cost, unpack(slots))
    redis.call('PEXPIRE', reservation, longest + ARGV[3])
  end
end

local answer = { allowed and 1 or 0, now }
for _, limit in ipairs(limits) do
  local over = limit.used + cost - limit.max
  local fits = 0
  for j, time in ipairs(limit.times) do
    if over <= 0 then break end
    over = over - limit.amounts[j]
    fits = time + limit.window
  end
  table.insert(answer, limit.used)
  table.insert(answer, fits)
  table.insert(answer, limit.times[#limit.times] or 0)
end
return answer
`);

/**
 * Settles a reservation.
 *
 * KEYS: the reservation; then the states that it took slots of.
 * ARGV: "committed" or "released".
 * Answers what the reservation was before: "held", "committed", "released", or nil when there is none.
 */
export const settleScript: RedisScript = /* @__PURE__ */ script(`
local before = redis.call('HGET', KEYS[1], 'status')
if before ~= 'held' then return before end
redis.call('HSET', KEYS[1], 'status', ARGV[1])
if ARGV[1] ~= 'released' then return before end

local cost = redis.call('HGET', KEYS[1], 'cost')
for i = 2, #KEYS do
  local packed = redis.call('GET', KEYS[i])
  local slot = redis.call('HGET', KEYS[1], KEYS[i])
  if packed then
    local started, times, amounts = cmsgpack.unpack(packed)
    for j = #times, 1, -1 do
      -- A state that was begun since, after a reset or when nothing counted any more, does not hold the slot.
      if string.format('%.0f %.0f', started, times[j]) == slot then
        amounts[j] = amounts[j] - cost
        if amounts[j] <= 0 then
          table.remove(times, j)
          table.remove(amounts, j)
        end
      end
    end
    if #times == 0 then
      redis.call('DEL', KEYS[i])
    else
      redis.call('SET', KEYS[i], cmsgpack.pack(started, times, amounts), 'KEEPTTL')
    end
  end
end
return before
`);
