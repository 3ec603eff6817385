"""The front door: from a request's bytes to rows in the tables, in columns all the way.

``body`` reads, ``validation`` refuses, ``names`` numbers what repeats, ``store`` writes with the
caller's transaction, ``view`` speaks HTTP. The pass itself is :mod:`ntopweb.pipeline`.
"""
