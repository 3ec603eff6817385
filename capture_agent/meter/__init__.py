"""The meter: packets in, flow rows and frames out, in compiled code over one block of memory.

:mod:`~capture_agent.meter.records` describes that block (``records.STATE``): the flow table, its
indexes, the rows waiting to be exported and the counters. Compiled functions get a reference to
the whole block and work on it in place; :class:`capture_agent.meter.meter.Meter` owns it and turns
rows into tables.

- ``foreign`` calls C functions and reads memory by address; ``compiled`` says how code is compiled.
- ``table`` is the flow table: hash index, least-recently-used order, allocation.
- ``packet`` reads what the engine parsed; ``direction`` says who is the client; ``tcp`` follows
  sequence numbers and handshakes; ``dissection`` feeds nDPI; ``metadata`` copies what it found
  into a ``block``.
- ``rtp`` finds calls, ``stream`` follows one, ``quality`` says how good they are.
- ``rows`` writes flow rows; ``loop`` reads packets and drives everything; ``export`` makes tables.
"""
