"""Connects, with a token or with name and password, and asks for a host: OUT URL USER SECRET …"""

import sys

from ntopng.ntopng import Ntopng

_, url, user, secret, ifid, host = sys.argv[1:]
who = {"auth_token": secret} if user == "-" else {"username": user, "password": secret}
ntopng = Ntopng(url=url, **who)
print(ntopng.get_interfaces_list())
print(ntopng.get_interface(int(ifid)).get_host(host).get_host_data()["name"])
