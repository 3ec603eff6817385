"""The REST API of who is told."""
