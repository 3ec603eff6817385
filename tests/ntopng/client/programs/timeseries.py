"""Example: traffic of an interface and a host as pandas' frames: OUT URL TOKEN IFID HOST."""

import sys
import time

from ntopng.ntopng import Ntopng

_, url, token, ifid, host = sys.argv[1:]
end = int(time.time())
begin = end - 3600
historical = Ntopng(auth_token=token, url=url).get_historical_interface(int(ifid))
print(sorted(one["schema"] for one in historical.get_timeseries_metadata()))
for frame in (
    historical.get_interface_timeseries("iface:traffic_rxtx", begin, end),
    historical.get_host_timeseries(host, "host:traffic", begin, end),
):
    print(list(frame.columns), len(frame), frame["bytes_rcvd"].max() > 0)
print(historical.get_host_timeseries_stats(host, "host:traffic", begin, end)["total"])
