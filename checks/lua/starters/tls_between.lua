-- TLS between two hosts: the talk's first example, over their addresses.
-- @param client string 192.168.1.10 The one host
-- @param server string 192.168.1.20 The other host
-- @param score number 50 Score of the alert

local from, to = flow.param("client"), flow.param("server")

if flow.l7_proto_name():find("^TLS") then
  local cli, srv = flow.cli(), flow.srv()
  if (cli == from and srv == to) or (cli == to and srv == from) then
    flow.triggerAlert(flow.param("score"), "TLS between " .. cli .. " and " .. srv)
  end
end

return 0
