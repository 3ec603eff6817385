-- The methods of a flow, made of what reads a column at the row that is looked at.
--
-- ``read``: always, maybe, yes, table_of (engine.lua); ``risk_names`` by bit; ``trigger``.

local read, risk_names, trigger = ...

local always, maybe, yes, table_of = read.always, read.maybe, read.yes, read.table_of
local error = error

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

local plain_dns, has_invalid = flow.dns, yes("dns_invalid")
function flow.dns()
  local made = plain_dns()
  if made["protos.dns.last_query"] then
    made["protos.dns.invalid_chars_in_query"] = has_invalid()
  end
  return made
end

local risk = always("risk")
local fingerprint
for bit, name in pairs(risk_names) do
  if name == "Malicious fingerprint" then fingerprint = 1 << bit end
end

local plain_tls = flow.tls_quic
function flow.tls_quic()
  local made = plain_tls()
  if made["protos.tls.ja4.client_hash"] then
    made["protos.tls.ja4.client_malicious"] = risk() & fingerprint ~= 0
  end
  return made
end

function flow.risks()
  local bits, named = risk(), {}
  for bit = 1, 63 do
    if bits & (1 << bit) ~= 0 then named[#named + 1] = risk_names[bit] or ("Risk " .. bit) end
  end
  return named
end

local rtt_client, rtt_server = maybe("rtt_client_ms"), maybe("rtt_server_ms")
function flow.rtt()
  local client, server = rtt_client(), rtt_server()
  if not client or not server then return nil end
  return client + server, client, server
end

local repeated_out = always("retransmissions_to_server")
local repeated_back = always("retransmissions_to_client")
function flow.retransmissions()
  local out, back = repeated_out(), repeated_back()
  return out + back, out, back
end

local function of_side(client, server, usual)
  return function(side)
    side = side or usual
    if side == "cli" then return client() end
    if side == "srv" then return server() end
    error('the side must be "cli" or "srv"', 2)
  end
end

flow.country = of_side(always("client_country"), always("server_country"), "srv")
flow.asn = of_side(always("client_asn"), always("server_asn"), "srv")
flow.is_local = of_side(yes("client_is_local"), yes("server_is_local"), "cli")

local mos = maybe("rtp_mos")
local call = table_of {
  "mos", "rtp_mos", "loss", "rtp_loss", "jitter", "rtp_jitter_ms", "codec", "rtp_codec",
  "streams", "rtp_streams",
}
function flow.quality()
  if not mos() then return nil end
  return call()
end

return flow
