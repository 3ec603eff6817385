"""Example: alerts of the last day, by type, severity and flow: OUT URL TOKEN IFID."""

import sys
import time

from ntopng.ntopng import Ntopng

_, url, token, ifid = sys.argv[1:]
end = int(time.time()) + 1
begin = end - 86_400
ntopng = Ntopng(auth_token=token, url=url)
names = {one["id"]: one["severity"] for one in ntopng.get_alert_severities()}
historical = ntopng.get_historical_interface(int(ifid))
for one in historical.get_alert_type_counters(begin, end):
    print(one["entity_label"], one["name"], one["count"])
for card in historical.get_flow_alerts_stats(begin, end):
    print(card["label"], [one["label"] for one in card["value"]])
rows = historical.get_flow_alerts(
    begin, end, "cli_ip,srv_ip,alert_id,severity,score", "score > 50", 10, None, "score"
)
for row in rows:
    print(row["cli_ip"], row["srv_ip"], row["alert_id"], names[int(row["severity"])])
