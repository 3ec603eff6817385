"""Checks of the routers that carry traffic with the outside."""
