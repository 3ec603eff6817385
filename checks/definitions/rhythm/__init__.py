"""Checks of flows that come again at even intervals."""
