"""Example: what an interface and its hosts do now: OUT URL TOKEN IFID."""

import sys

from ntopng.ntopng import Ntopng

_, url, token, ifid = sys.argv[1:]
interface = Ntopng(auth_token=token, url=url).get_interface(int(ifid))
data = interface.get_data()
print(f"{data['ifname']}: {data['num_flows']} flows, {data['num_hosts']} hosts")
for row in interface.get_active_hosts():
    host = interface.get_host(row["ip"])
    print(
        row["ip"], host.get_host_data()["bytes.sent"], [one["label"] for one in host.get_l7_stats()]
    )
page = 1
while flows := interface.get_active_flows_paginated(page, 1)["data"]:
    for flow in flows:
        print(flow["client"]["ip"], "->", flow["server"]["ip"], flow["protocol"]["l7"])
    page += 1
