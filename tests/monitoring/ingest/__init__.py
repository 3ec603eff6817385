"""The front door, without its database."""
