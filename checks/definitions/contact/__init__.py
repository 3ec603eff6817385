"""Checks of who talks to whom, after learning."""
