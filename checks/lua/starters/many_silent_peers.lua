-- A host that contacts many peers that never answer. Target: "Host: every minute".
-- @param peers number 50 Peers in the last hour
-- @param score number 100 Score of the alert

local peers = host.getNumContactedPeersAsClientTCPUDPNoTX()

if host.is_local() and peers > host.param("peers") then
  host.triggerAlert(host.param("score"), host.name() .. " contacted " .. peers .. " silent peers")
end

return 0
