"""What the server knows of a row beyond the wire: local or not, pool, country, AS, blacklists.

:mod:`monitoring.enrichment.context` is a snapshot of what the operator said; the rest are pure
functions over tables.
"""
