"""Live push: what changes reaches every open page at once.

The lifecycle's process publishes a few messages a second through the channel layer; each consumer
passes them to one WebSocket. Redis only wakes: every message names the event before it, and whoever
missed one reads what is missing from the database.
"""
