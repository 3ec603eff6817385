"""Commands of the checks."""
