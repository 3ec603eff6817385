"""How alerts read on pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template

from alerts.evidence import attack_url, title_of
from alerts.issues import Issues
from alerts.severity import severity_of

register = template.Library()
register.filter("check_title", title_of)
register.filter("attack_url", attack_url)
register.filter("severity", severity_of)


@register.filter
def issues(flow: Mapping[str, Any]) -> Issues:
    """Return what is wrong with a flow of an alert's snapshot."""
    return Issues.of_sample(flow)


@register.filter
def as_time(text: str) -> datetime:
    """Return the time of a snapshot, which JSON keeps as text."""
    return datetime.fromisoformat(text)
