-- What a script may use: Lua's own functions, each within bounds that a script cannot lift.
--
-- ``limits``: row_steps, batch_steps (VM instructions / STEP), pattern_steps, text_bytes, items.
-- Returns the environment's common part and the controls of the budget.

local limits = ...
local STEP = 1000

local sethook, type, error, select, tostring = debug.sethook, type, error, select, tostring
local raw_pcall, raw_create, raw_resume, raw_close = pcall, coroutine.create, coroutine.resume, coroutine.close
local rawget, setmetatable, getmetatable = rawget, setmetatable, getmetatable
local pack, unpack = table.pack, table.unpack

local control = { row = 0, batch = 0, exhausted = nil, over = false }

local function stop(reason)
  control.exhausted = reason
  error(reason, 3)
end

-- Called after every STEP instructions of whatever Lua runs. Once a limit is passed, each call
-- fails again until the row is given up, so that catching the error gains nothing.
local function hook()
  control.row, control.batch = control.row + 1, control.batch + 1
  if control.batch > limits.batch_steps then
    control.over = true
    stop("the script used up its instructions for this batch")
  elseif control.row > limits.row_steps then
    stop("more than " .. limits.row_steps * STEP .. " instructions for one row")
  end
end

-- Catching -----------------------------------------------------------------------------------

local function pass(...)
  if control.exhausted then error(control.exhausted, 0) end
  return ...
end

local function safe_pcall(f, ...) return pass(raw_pcall(f, ...)) end

local function safe_xpcall(f, handler, ...)
  local results = pack(safe_pcall(f, ...))
  if results[1] then return unpack(results, 1, results.n) end
  return false, handler(results[2])
end

local function create(f)
  local made = raw_create(f)
  sethook(made, hook, "", STEP)
  return made
end

-- Calls a function whose instructions count; returns as pcall does.
local function call(f, ...)
  local thread = create(f)
  local results = pack(raw_resume(thread, ...))
  if results[1] and coroutine.status(thread) ~= "dead" then
    return false, "attempt to yield from outside a coroutine"
  end
  return unpack(results, 1, results.n)
end

local function resume(thread, ...) return pass(raw_resume(thread, ...)) end

local function wrap(f)
  local thread = create(f)
  return function(...)
    local results = pack(resume(thread, ...))
    if not results[1] then error(results[2], 0) end
    return unpack(results, 2, results.n)
  end
end

local function with_metatable(value, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then
    error("__gc is not available", 2)
  end
  return setmetatable(value, meta)
end

local function metatable_of(value)
  if type(value) ~= "table" then return nil end
  return getmetatable(value)
end

-- Text ---------------------------------------------------------------------------------------

local find, match, gmatch, gsub, rep = string.find, string.match, string.gmatch, string.gsub, string.rep
local byte, sub = string.byte, string.sub

-- How many of a pattern's items repeat (a start that is not anchored counts as one more), and
-- the factor of those that may be there or not.
local function weigh(pattern)
  local repeats, factor, at = 1, 1, 1
  if byte(pattern, 1) == 94 then repeats, at = 0, 2 end
  while at <= #pattern do
    local c = byte(pattern, at)
    if c == 37 then -- %: an escaped character, or the two items that look for a partner
      local following = sub(pattern, at + 1, at + 1)
      if following == "b" then repeats, at = repeats + 1, at + 2 end
      at = at + 1
    elseif c == 91 then -- [: the set ends at the first ] that is not its first character
      local start = byte(pattern, at + 1) == 94 and at + 2 or at + 1
      local last = start + 1
      while last <= #pattern and byte(pattern, last) ~= 93 do
        if byte(pattern, last) == 37 then last = last + 1 end
        last = last + 1
      end
      at = last
    elseif c == 42 or c == 43 or c == 45 then -- * + -
      repeats = repeats + 1
    elseif c == 63 then -- ?
      factor = factor * 2
    end
    at = at + 1
  end
  return repeats, factor
end

-- Weights of the patterns seen; those of them that repeat nothing are harmless on any text.
local weights, harmless, known = {}, {}, 0

local function weight_of(pattern)
  local entry = weights[pattern]
  if not entry then
    if known >= 500 then weights, harmless, known = {}, {}, 0 end
    entry = { weigh(pattern) }
    weights[pattern], known = entry, known + 1
    if entry[1] == 0 and entry[2] <= limits.pattern_steps then harmless[pattern] = true end
  end
  return entry[1], entry[2]
end

-- A backtracking matcher tries at most (n + k over k) ways to share n characters among k items.
local function bounded(subject, pattern, level)
  if type(subject) == "number" then subject = tostring(subject) end
  if type(subject) ~= "string" or type(pattern) ~= "string" then return end
  local repeats, steps = weight_of(pattern)
  for i = 1, repeats do
    steps = steps * (#subject + i) / i
    if steps > limits.pattern_steps then
      error("the pattern could take too long on " .. #subject .. " characters", level)
    end
  end
end

local function safe_find(subject, pattern, from, plain)
  if not plain and not harmless[pattern] then bounded(subject, pattern, 3) end
  return find(subject, pattern, from, plain)
end

local function safe_match(subject, pattern, from)
  if not harmless[pattern] then bounded(subject, pattern, 3) end
  return match(subject, pattern, from)
end

local function safe_gmatch(subject, pattern)
  bounded(subject, pattern, 3)
  return gmatch(subject, pattern)
end

local function safe_gsub(subject, pattern, replacement, most)
  bounded(subject, pattern, 3)
  return gsub(subject, pattern, replacement, most)
end

local function safe_rep(text, times, separator)
  local count = tonumber(times)
  if count and count > 0 then
    local size = (#tostring(text) + #tostring(separator or "")) * count
    if count > limits.text_bytes or size > limits.text_bytes then
      error("the text would be longer than " .. limits.text_bytes .. " bytes", 2)
    end
  end
  return rep(text, times, separator)
end

local texts = {
  byte = string.byte, char = string.char, format = string.format, len = string.len,
  lower = string.lower, reverse = string.reverse, sub = string.sub, upper = string.upper,
  find = safe_find, match = safe_match, gmatch = safe_gmatch, gsub = safe_gsub, rep = safe_rep,
}
local of_text = getmetatable("")
of_text.__index = {}
for name, f in pairs(texts) do of_text.__index[name] = f end
of_text.__metatable = "protected"

-- Tables -------------------------------------------------------------------------------------

local function few(count, level)
  if count > limits.items then error("more than " .. limits.items .. " items", level) end
end

local function sized(f)
  return function(list, ...)
    few(#list, 3)
    return f(list, ...)
  end
end

local function ranged(f, first, last)
  return function(list, ...)
    local from = tonumber((select(first, list, ...))) or 1
    local to = tonumber((select(last, list, ...))) or #list
    few(to - from, 3)
    return f(list, ...)
  end
end

local tables = {
  insert = sized(table.insert), remove = sized(table.remove), sort = sized(table.sort),
  concat = ranged(table.concat, 3, 4), unpack = ranged(table.unpack, 2, 3),
  move = ranged(table.move, 2, 3), pack = table.pack,
}

local numbers = {}
for name, f in pairs(math) do numbers[name] = f end
numbers.randomseed = nil

local characters = {
  char = utf8.char, charpattern = utf8.charpattern, codepoint = utf8.codepoint, codes = utf8.codes,
  len = utf8.len, offset = utf8.offset,
}

local threads = {
  create = create, resume = resume, wrap = wrap, yield = coroutine.yield,
  status = coroutine.status, running = coroutine.running, isyieldable = coroutine.isyieldable,
  close = function(thread) return pass(raw_close(thread)) end,
}

local function copy(from)
  local made = {}
  for name, value in pairs(from) do made[name] = value end
  return made
end

-- A new environment: no two scripts share a table that one of them could change.
local function environment()
  math.randomseed(1)
  local env = {
    assert = assert, error = error, ipairs = ipairs, next = next, pairs = pairs,
    rawequal = rawequal, rawget = rawget, rawlen = rawlen, rawset = rawset, select = select,
    tonumber = tonumber, tostring = tostring, type = type, _VERSION = _VERSION,
    pcall = safe_pcall, xpcall = safe_xpcall,
    setmetatable = with_metatable, getmetatable = metatable_of,
    string = copy(texts), table = copy(tables), math = copy(numbers), utf8 = copy(characters),
    coroutine = copy(threads),
  }
  env._G = env
  return env
end

return { control = control, environment = environment, copy = copy, call = call }
