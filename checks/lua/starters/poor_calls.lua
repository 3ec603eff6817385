-- Calls of poor quality, Zoom's among them: loss, jitter and the mean opinion score of RTP.
-- @param mos number 3.6 The lowest mean opinion score (1 to 4.41)
-- @param score number 50 Score of the alert

local quality = flow.quality()

if quality and quality.mos < flow.param("mos") then
  flow.triggerAlert(flow.param("score"), string.format(
    "%s: MOS %.1f, %.1f %% lost, jitter %.0f ms",
    flow.l7_proto_name(), quality.mos, quality.loss, quality.jitter))
end

return 0
