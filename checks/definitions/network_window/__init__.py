"""Checks of a local network's flows that ended in five minutes."""
