-- A local host that contacts servers in too many countries. Target: "Host: every minute".
-- @param countries number 10 The most countries in an hour
-- @param score number 50 Score of the alert

local countries = host.countries()

if host.is_local() and countries > host.param("countries") then
  host.triggerAlert(host.param("score"), host.name() .. " contacted " .. countries .. " countries")
end

return 0
