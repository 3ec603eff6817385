"""Captures that tests and benchmarks make: many flows, floods, and one script per attack.

Each module is used from tests (``from tests.traffic import many_flows``) and from the command line
(``python -m tests.traffic.many_flows FILE``).
"""
