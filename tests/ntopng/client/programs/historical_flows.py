"""Example: who a host talked to, by SQL-like clauses: OUT URL TOKEN IFID HOST."""

import sys
import time

from ntopng.ntopng import Ntopng

_, url, token, ifid, host = sys.argv[1:]
end = int(time.time()) + 1
begin = end - 86_400
historical = Ntopng(auth_token=token, url=url).get_historical_interface(int(ifid))
version = 6 if ":" in host else 4
peer = f"IPV{version}_DST_ADDR"
rows = historical.get_flows(
    begin,
    end,
    f"{peer},SUM(TOTAL_BYTES) TOT,IP_DST_PORT",
    f'(IPV{version}_SRC_ADDR=("{host}")) AND (PROTOCOL=17)',
    10,
    f"{peer}_FORMATTED,IP_DST_PORT",
    "TOT DESC",
)
for row in rows:
    print(row[peer], row["IP_DST_PORT"], row["TOT"])
for row in historical.get_topk_flows(begin, end, 5, None):
    print("top", row["L7_PROTO"], row["BYTES"])
