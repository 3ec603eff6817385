"""Checks of the flow frame, one file each or one per table of like checks."""
