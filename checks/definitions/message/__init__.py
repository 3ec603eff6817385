"""Checks of industrial control's messages between two machines in five minutes."""
