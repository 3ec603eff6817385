-- Runs scripts over columns: a script is compiled once and called for each row.
--
-- Called with: ``fetch(name)`` → packed values, code ("z", "j", "d"), count; the result of
-- limits.lua; the chunks flow.lua, host.lua and console.lua; the names of the risks by bit; the
-- number of console bytes kept. Returns ``run``.

local fetch, guard, chunks, risk_names, console_bytes = ...

local control, copy = guard.control, guard.copy
local pcall = pcall
local unpack, move, pack = string.unpack, table.move, string.pack
local concat, type, tostring, error = table.concat, type, tostring, error
local floor, min, max = math.floor, math.min, math.max
local NONE, NO_NUMBER = "\1", math.mininteger

-- Columns ------------------------------------------------------------------------------------

-- Unpacks many values by one call of a format: some 20 ns a number, 60 ns a text. After a "="
-- there is one value for all.
local function spread(blob, count, code)
  local values, at, size = {}, 1, 200
  if code:sub(1, 1) == "=" then
    local value = unpack(code:sub(2), blob)
    for i = 1, count do values[i] = value end
    return values
  end
  local format = code:rep(size)
  local whole = count - count % size
  for i = 1, whole, size do
    local part = { unpack(format, blob, at) }
    at = part[size + 1]
    move(part, 1, size, i, values)
  end
  for i = whole + 1, count do values[i], at = unpack(code, blob, at) end
  return values
end

local data = setmetatable({}, {
  __index = function(self, name)
    local is_there, blob, code, count = pcall(fetch, name)
    if not is_there then error("the column " .. name .. " cannot be read", 0) end
    local values = spread(blob, count, code)
    rawset(self, name, values)
    return values
  end,
})

local row = 0

local function always(name)
  return function() return data[name][row] end
end

local function maybe(name)
  return function()
    local value = data[name][row]
    if value ~= NONE and value ~= NO_NUMBER and value == value then return value end
    return nil
  end
end

local function yes(name)
  return function() return data[name][row] == 1 end
end

-- A table of what is known: {key, column} pairs; null columns are left out. Its constructor is
-- written out, so that the table is made at its size and not grown key by key.
local function table_of(pairs_of)
  local reads, fields = {}, {}
  for i = 1, #pairs_of, 2 do
    local name = "v" .. i
    local column = ("local %s = data.%s[row] "):format(name, pairs_of[i + 1])
    local null = ("if V == none or V == no_number or V ~= V then V = nil end"):gsub("V", name)
    reads[#reads + 1] = column .. null
    fields[#fields + 1] = ("[%q] = %s"):format(pairs_of[i], name)
  end
  local source = ("local data, none, no_number = ... return function(row) %s return { %s } end")
    :format(concat(reads, " "), concat(fields, ", "))
  local make = load(source, "=columns", "t")(data, NONE, NO_NUMBER)
  return function() return make(row) end
end

-- Alerts -------------------------------------------------------------------------------------

local hits

local function trigger(score, message)
  local number = tonumber(score)
  if not number or number ~= number then error("triggerAlert: the score must be a number", 2) end
  if type(message) ~= "string" and type(message) ~= "number" then
    error("triggerAlert: the message must be a text", 2)
  end
  hits[row] = { floor(max(1, min(250, number))), tostring(message):sub(1, 1000) }
end

local effects

-- What the script asks for of this row's host.
local function effect()
  effects[row] = effects[row] or {}
  return effects[row]
end

local read = { always = always, maybe = maybe, yes = yes, table_of = table_of }
local flow = chunks.flow(read, risk_names, trigger)
local host = chunks.host(read, effect, trigger)
local console = chunks.console(console_bytes)

-- The environment ----------------------------------------------------------------------------

local function now() return data.epoch[row] end

local function dump(methods, names)
  return function()
    local made = {}
    for _, name in ipairs(names) do made[name] = methods[name]() end
    console.show(made)
  end
end

local dumped = {
  flow = { "cli", "cli_port", "srv", "srv_port", "protocol", "vlan_id", "is_oneway", "is_unicast",
    "cli2srv_bytes", "srv2cli_bytes", "bytes", "l7_master_proto", "l7_proto", "l7_proto_name",
    "direction", "http", "dns", "ssh", "tls_quic", "risks", "community_id" },
  host = { "ip", "mac", "name", "vlan_id", "is_local", "is_unicast", "is_multicast",
    "is_broadcast", "is_blacklisted", "bytes_sent", "bytes_rcvd", "bytes", "l7", "score" },
}

-- What ntopng's own scripts expect around them: nothing behind these names reaches a file, a
-- process or a module.
local function surroundings(env)
  env.print = console.print
  env.tprint = console.show
  env.io = { write = console.write }
  env.os = { time = now }
  env.package = { path = "" }
  env.ntop = { getDirs = function() return { installdir = "", scriptdir = "", workingdir = "", fixtures = "" } end }
  env.require = function(name)
    if name == "lua_utils" then return {} end
    error("module '" .. tostring(name) .. "' is not available: scripts stand alone", 2)
  end
end

local function environment(target, params)
  local env = guard.environment()
  surroundings(env)
  local methods = target == "host" and host or flow
  local own = copy(methods)
  function own.param(name)
    local value = params[name]
    if value == nil then error("there is no parameter " .. tostring(name), 2) end
    return value
  end
  env[target] = own
  env["dump_" .. target] = dump(methods, dumped[target])
  return env
end

-- Running ------------------------------------------------------------------------------------

local rows, count, at

-- ``rows`` is nil where every row is meant.
local function sweep(f)
  local chosen, last, budget = rows, count, control
  while at < last do
    local place = at + 1
    at = place
    row = chosen and chosen[place] or place
    budget.row = 0
    f()
  end
end

-- What went wrong, in words. Nothing of the script may run here: it would not be counted.
local function words(reason)
  if type(reason) == "string" or type(reason) == "number" then return tostring(reason) end
  return "an error that is no text, but a " .. type(reason)
end

-- The rows run in a thread of their own, the only one that counts: what is done here with an
-- error of theirs is not counted, and cannot be stopped in the middle.
local function complaints(f)
  local errors, failed = {}, {}
  while at < count do
    local fine, reason = guard.call(sweep, f)
    if fine then break end
    failed[#failed + 1] = row
    if #errors < 20 then errors[#errors + 1] = pack("<I4s4", row, words(reason):sub(1, 500)) end
    hits[row], effects[row] = nil, nil
    if control.over then break end
    control.exhausted = nil
  end
  return concat(errors), failed
end

local function packed_hits()
  local made = {}
  for where, hit in next, hits do made[#made + 1] = pack("<I4i4s4", where, hit[1], hit[2]) end
  return concat(made)
end

local function packed_effects()
  local made = {}
  for where, effect in next, effects do
    made[#made + 1] = pack("<I4i8i4", where, effect.skip or -2, effect.reset or 0)
  end
  return concat(made)
end

-- Runs a source over the given rows (packed, from 1; nil for all). Returns hits, effects, errors, the rows
-- that failed, the console's text, how many rows were visited, and whether the budget was spent.
-- A source that does not compile returns nil and the reason.
local function run(source, target, params, packed_rows, row_count)
  local f, reason = load(source, "=script", "t", environment(target, params))
  if not f then return nil, reason end
  hits, effects = {}, {}
  console.clear()
  rows, count, at = packed_rows and spread(packed_rows, row_count, "j"), row_count, 0
  control.batch, control.exhausted, control.over = 0, nil, false
  local errors, failed = complaints(f)
  for i = 1, #failed do failed[i] = pack("<I4", failed[i]) end
  local said = console.text()
  local told, done = packed_hits(), packed_effects()
  hits, effects = {}, {}
  console.clear()
  return told, done, errors, concat(failed), said, at, control.over
end

return { run = run, column = function(name) return #data[name] end }
