-- BitTorrent above a rate. Best as "Flow: every minute": the rate is that of the last minute.
-- @param limit number 1000000000 [bit/s] The highest rate
-- @param score number 100 Score of the alert

if flow.l7_proto_name():find("BitTorrent", 1, true) then
  local rate = flow.bits_per_second()
  if rate > flow.param("limit") then
    flow.triggerAlert(flow.param("score"), string.format("BitTorrent at %.3g Gbit/s", rate / 1e9))
  end
end

return 0
