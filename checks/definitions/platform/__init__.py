"""Checks of the platform itself."""
