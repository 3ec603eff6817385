"""Checks of the host frame, one file each or one per table of like checks."""
