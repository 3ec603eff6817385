"""The capture agent: packets, NetFlow and syslog in, Arrow batches out.

It runs alone on any machine from this folder and its ``requirements.txt`` and knows nothing of
Django. The server imports one module of it, :mod:`capture_agent.schema`, the wire contract.
"""

__version__ = "0.1.0"
