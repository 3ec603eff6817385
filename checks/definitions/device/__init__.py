"""Checks of the machines of a segment, after learning."""
