"""Which form an answer has."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation


class Negotiation(DefaultContentNegotiation):
    """An unknown ``format`` is a wrong parameter, not a page that is not there."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """Return the renderers of the format; raises ValidationError when there are none."""
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            known = ", ".join(sorted({renderer.format for renderer in renderers}))
            raise exceptions.ValidationError({"format": [f"There are: {known}."]})
        return found
