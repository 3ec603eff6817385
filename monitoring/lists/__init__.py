"""Blacklists: where they come from, how they are read, and the snapshot that enrichment looks up.

:mod:`parsers` and :mod:`snapshot`'s builder are pure; :mod:`fetch` is the one way to the network.
"""

from __future__ import annotations

from monitoring.lists.snapshot import Snapshot, load

__all__ = ["Snapshot", "load"]
