"""Checks of the ARP and DHCP of a segment."""
