"""Where flows and traffic lie: hypertables where the timescaledb extension is, native partitions otherwise.

Nothing outside this folder knows which. ``tables`` names the columns, ``partitions`` makes and drops what time needs,
``binary`` writes rows by COPY.
"""
