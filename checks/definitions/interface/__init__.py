"""Checks of the interface frame, one file each or one per table of like checks."""
