-- Certificates of an issuer that should not be in use here.
-- TLS 1.3 and QUIC hide the certificate: only TLS up to 1.2 can be seen.
-- @param issuer string GoDaddy Part of the issuer's distinguished name
-- @param score number 100 Score of the alert

local issuer = flow.tls_quic()["protos.tls.issuerDN"]

if issuer and issuer:find(flow.param("issuer"), 1, true) then
  flow.triggerAlert(flow.param("score"), "Certificate of " .. issuer)
end

return 0
