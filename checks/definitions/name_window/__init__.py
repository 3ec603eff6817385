"""Checks of the names that a client asks for below one domain."""
