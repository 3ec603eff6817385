-- A login in clear text to one of our servers.
-- @param score number 150 Score of the alert

for _, risk in ipairs(flow.risks()) do
  if risk == "Clear-text credentials" and flow.is_local("srv") then
    flow.triggerAlert(flow.param("score"),
      flow.l7_proto_name() .. " login in clear text from " .. flow.cli() .. " to " .. flow.srv())
  end
end

return 0
