"""Alerts by ntopng's REST: lists by family, counters, clauses, acknowledging and deleting."""
