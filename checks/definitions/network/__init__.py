"""Checks of a local network's hosts together, every five seconds."""
