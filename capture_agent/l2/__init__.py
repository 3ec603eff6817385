"""Rows of what stands below or beside IP flows: ARP, DHCP and DHCPv6 packets, one row each.

``parse`` reads a frame (pure), ``scan`` finds the few frames of a capture file that matter without
looking at the rest, ``live`` receives them from a network card through a filter in the kernel.
"""
