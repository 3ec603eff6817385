"""The REST API of the checks."""
