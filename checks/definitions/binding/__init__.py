"""Checks of which MAC address has which IPv4 address."""
