"""Checks of a client and a port of a server in five minutes."""
