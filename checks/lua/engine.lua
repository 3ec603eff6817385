-- Runs scripts over columns: a script is compiled once and called for each row.
--
-- Called with: ``fetch(name)`` → packed values, code ("z", "j", "d"), count; the result of
-- limits.lua; the names of the risks by bit; the number of console bytes kept. Returns ``run``.

local fetch, guard, risk_names, console_bytes = ...

local control, copy = guard.control, guard.copy
local unpack, move, pack = string.unpack, table.move, string.pack
local concat, type, tostring, error = table.concat, type, tostring, error
local floor, min, max = math.floor, math.min, math.max
local NONE, NO_NUMBER = "\1", math.mininteger

-- Columns ------------------------------------------------------------------------------------

-- Unpacks many values by one call of a format: some 20 ns a number, 60 ns a text.
local function spread(blob, count, code)
  local values, at, size = {}, 1, 100
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
    local blob, code, count = fetch(name)
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

-- A table of what is known: {key, column} pairs; null columns are left out.
local function table_of(pairs_of)
  return function()
    local made = {}
    for i = 1, #pairs_of, 2 do
      local value = data[pairs_of[i + 1]][row]
      if value ~= NONE and value ~= NO_NUMBER then made[pairs_of[i]] = value end
    end
    return made
  end
end

-- The console --------------------------------------------------------------------------------

local lines, written = {}, 0

local function say(text)
  if written >= console_bytes then return end
  if #text > console_bytes - written then text = text:sub(1, console_bytes - written) .. "…" end
  written = written + #text + 1
  lines[#lines + 1] = text
end

local function show(value, indent, seen)
  if type(value) ~= "table" then return say(indent .. tostring(value)) end
  if seen[value] or #indent > 16 then return say(indent .. "…") end
  seen[value] = true
  local keys = {}
  for key in next, value do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do
    local inner = value[key]
    if type(inner) == "table" then
      say(indent .. tostring(key) .. ":")
      show(inner, indent .. "  ", seen)
    else
      say(indent .. tostring(key) .. " = " .. tostring(inner))
    end
  end
end

local function print_values(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  say(concat(parts, "\t"))
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

-- flow ---------------------------------------------------------------------------------------

local flow = {
  cli = always("cli"), cli_port = always("client_port"),
  srv = always("srv"), srv_port = always("server_port"),
  protocol = always("l4"), vlan_id = always("vlan"),
  is_oneway = yes("is_oneway"), is_unicast = yes("is_unicast"),
  cli2srv_bytes = always("bytes_to_server"), srv2cli_bytes = always("bytes_to_client"),
  bytes = always("bytes"), bits_per_second = always("bits_per_second"),
  l7_master_proto = always("l7_master"), l7_proto = always("l7"),
  l7_proto_name = always("application"), category = always("category"),
  direction = always("direction"),
  http = table_of {
    "protos.http.last_method", "http_method", "protos.http.last_return_code", "http_status",
    "protos.http.last_url", "http_url", "protos.http.last_user_agent", "http_user_agent",
    "protos.http.last_server", "http_server", "protos.http.server_name", "http_host",
  },
  dns = table_of {
    "protos.dns.last_query_type", "dns_query_type", "protos.dns.last_return_code", "dns_rcode",
    "protos.dns.last_query", "dns_query",
  },
  ssh = table_of {
    "protos.ssh.client_signature", "ssh_client", "protos.ssh.server_signature", "ssh_server",
    "protos.ssh.hassh.client_hash", "ssh_client_hassh",
    "protos.ssh.hassh.server_hash", "ssh_server_hassh",
  },
  tls_quic = table_of {
    "protos.tls.tls_version", "tls_version", "protos.tls.server_names", "tls_names",
    "protos.tls.client_alpn", "tls_alpn", "protos.tls.issuerDN", "tls_issuer_dn",
    "protos.tls.subjectDN", "tls_subject_dn",
    "protos.tls.client_requested_server_name", "tls_sni",
    "protos.tls.notBefore", "tls_not_before", "protos.tls.notAfter", "tls_not_after",
    "protos.tls.ja4.client_hash", "tls_ja4", "protos.tls.cipher", "tls_cipher",
  },
  ja4 = maybe("tls_ja4"), community_id = always("community_id"),
  duration = always("duration"), server_name = maybe("server_name"),
  triggerAlert = trigger,
}

local plain_dns = flow.dns
function flow.dns()
  local made = plain_dns()
  if made["protos.dns.last_query"] then
    made["protos.dns.invalid_chars_in_query"] = data.dns_invalid[row] == 1
  end
  return made
end

function flow.risks()
  local bits, named = data.risk[row], {}
  for bit = 1, 63 do
    if bits & (1 << bit) ~= 0 then named[#named + 1] = risk_names[bit] or ("Risk " .. bit) end
  end
  return named
end

function flow.rtt()
  local client, server = data.rtt_client_ms[row], data.rtt_server_ms[row]
  if client ~= client or server ~= server then return nil end
  return client + server, client, server
end

function flow.retransmissions()
  local out, back = data.retransmissions_to_server[row], data.retransmissions_to_client[row]
  return out + back, out, back
end

local function of_side(client, server)
  return function(side)
    if side == "cli" then return data[client][row] end
    if side == "srv" or side == nil then return data[server][row] end
    error('the side must be "cli" or "srv"', 2)
  end
end

flow.country = of_side("client_country", "server_country")
flow.asn = of_side("client_asn", "server_asn")
flow.is_local = function(side)
  if side == "srv" then return data.server_is_local[row] == 1 end
  return data.client_is_local[row] == 1
end

function flow.quality()
  local mos = data.rtp_mos[row]
  if mos ~= mos then return nil end
  return { mos = mos, loss = data.rtp_loss[row], jitter = data.rtp_jitter_ms[row] }
end

-- host ---------------------------------------------------------------------------------------

local effects

local host = {
  ip = always("address"), mac = always("mac"), name = always("name"), vlan_id = always("vlan"),
  is_local = yes("is_local"), is_unicast = yes("is_unicast"),
  is_multicast = yes("is_multicast"), is_broadcast = yes("is_broadcast"),
  is_blacklisted = yes("is_blacklisted"), is_rx_only = yes("is_rx_only"),
  bytes_sent = always("bytes_sent"), bytes_rcvd = always("bytes_received"),
  bytes = always("bytes"), score = always("score"), country = always("country"),
  isFirstCheckRun = yes("is_first_run"),
  getNumContactedPeersAsClientTCPUDPNoTX = always("silent_peers"),
  getNumContactsFromPeersAsServerTCPUDPNoTX = always("unanswered_contacts"),
  getNumContactedTCPUDPServerPortsNoTX = always("silent_ports"), countries = always("countries"),
  triggerAlert = trigger,
}

function host.getUnidirectionalTCPUDPFlowsStats()
  return { num_ingress = data.unanswered_ingress[row], num_egress = data.unanswered_egress[row] }
end

-- "TLS=1200,3400,7;…": application, bytes sent and received, flows.
function host.l7()
  local made = {}
  for name, sent, received, flows in data.l7[row]:gmatch("([^\2]+)\2(%d+),(%d+),(%d+)\3") do
    made[name] = {
      bytes_sent = tonumber(sent), bytes_rcvd = tonumber(received), flows = tonumber(flows),
      ["bytes.sent"] = tonumber(sent), ["bytes.rcvd"] = tonumber(received),
    }
  end
  return made
end

-- As in ntopng: without arguments the host is looked at again next time.
function host.skipVisitedHost(skip, till)
  local number = tonumber(till)
  effects[row] = effects[row] or {}
  effects[row].skip = skip == true and (number and floor(number) or -1) or 0
end

function host.resetHostContacts()
  effects[row] = effects[row] or {}
  effects[row].reset = 1
end

-- The environment ----------------------------------------------------------------------------

local function now() return data.epoch[row] end

local function dump(methods, names)
  return function()
    local made = {}
    for _, name in ipairs(names) do made[name] = methods[name]() end
    show(made, "", {})
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
  env.print = print_values
  env.tprint = function(value) show(value, "", {}) end
  env.io = { write = function(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    say((concat(parts):gsub("\n$", "")))
  end }
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

local function sweep(f)
  while at < count do
    at = at + 1
    row = rows[at]
    control.row = 0
    f()
  end
end

-- The rows run in a thread of their own, the only one that counts: what is done here with an
-- error of theirs is not counted, and cannot be stopped in the middle.
local function complaints(f)
  local errors, failed = {}, {}
  while at < count do
    local fine, reason = guard.call(sweep, f)
    if fine then break end
    failed[#failed + 1] = row
    if #errors < 20 then errors[#errors + 1] = pack("<I4s4", row, tostring(reason):sub(1, 500)) end
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

-- Runs a source over the given rows (packed, from 1). Returns hits, effects, errors, the rows
-- that failed, the console's text, how many rows were visited, and whether the budget was spent.
-- A source that does not compile returns nil and the reason.
local function run(source, target, params, packed_rows, row_count)
  local f, reason = load(source, "=script", "t", environment(target, params))
  if not f then return nil, reason end
  hits, effects, lines, written = {}, {}, {}, 0
  rows, count, at = spread(packed_rows, row_count, "j"), row_count, 0
  control.batch, control.exhausted, control.over = 0, nil, false
  local errors, failed = complaints(f)
  for i = 1, #failed do failed[i] = pack("<I4", failed[i]) end
  local said = concat(lines, "\n")
  local told, done = packed_hits(), packed_effects()
  hits, effects, lines = {}, {}, {}
  return told, done, errors, concat(failed), said, at, control.over
end

return { run = run, column = function(name) return #data[name] end }
