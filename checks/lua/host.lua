-- The methods of a host, made of what reads a column at the row that is looked at.
--
-- ``read``: always, yes (engine.lua); ``effect()``: what the script asks for of this host; ``trigger``.

local read, effect, trigger = ...

local always, yes = read.always, read.yes
local floor, gmatch, tonumber = math.floor, string.gmatch, tonumber

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

local ingress, egress = always("unanswered_ingress"), always("unanswered_egress")
function host.getUnidirectionalTCPUDPFlowsStats()
  return { num_ingress = ingress(), num_egress = egress() }
end

-- "TLS=1200,3400,7;…": application, bytes sent and received, flows.
local applications = always("l7")
function host.l7()
  local made = {}
  for name, sent, received, flows in gmatch(applications(), "([^\2]+)\2(%d+),(%d+),(%d+)\3") do
    made[name] = {
      bytes_sent = tonumber(sent), bytes_rcvd = tonumber(received), flows = tonumber(flows),
      ["bytes.sent"] = tonumber(sent), ["bytes.rcvd"] = tonumber(received),
    }
  end
  return made
end

-- An epoch, or -1 for good: so is whatever is no time, or one that no clock reaches.
local function epoch(till)
  local number = tonumber(till)
  if not number or not (number > 0 and number < 1e12) then return -1 end
  return floor(number)
end

-- As in ntopng: without arguments the host is looked at again next time.
function host.skipVisitedHost(skip, till)
  effect().skip = skip == true and epoch(till) or 0
  return skip == true
end

function host.resetHostContacts() effect().reset = 1 end

return host
