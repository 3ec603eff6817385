"""A day of an office's ordinary traffic: ``python -m tests.traffic.day`` replays it in event time.

``hours`` makes it, an hour at a time: who works when (``people``), what runs around the clock and
at night (``machines``). ``replaying`` leads it through the meter, batches, the ingest pass, the
checks over minutes, learning, bands and the lifecycle, with the database's clock at event time,
and returns what was found.
"""
