"""The REST API of what is seen."""
