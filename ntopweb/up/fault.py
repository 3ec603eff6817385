"""The one exception of this package."""

from __future__ import annotations


class Fault(Exception):
    """Something an operator can put right; its text is one line that says what to do."""
