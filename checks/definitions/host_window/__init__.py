"""Checks of what a local host did in five minutes."""
