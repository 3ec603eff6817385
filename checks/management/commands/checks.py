"""``manage.py checks``: the checks and their settings in the shell."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from typing import Any

from checks.base import Family
from checks.models import CheckSetting, sync_settings
from checks.parameters import parameters_of
from checks.registry import discover
from checks.views.rows import Row as Shown
from monitoring.printing import ListCommand, Row


class Command(ListCommand):
    """Prints checks by key."""

    help = "Checks: which there are, whether they are on, and their parameters."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the filters."""
        super().add_arguments(parser)
        parser.set_defaults(limit=1000)
        parser.add_argument("--family", choices=[str(family) for family in Family])
        parser.add_argument("--state", choices=["enabled", "disabled", "quarantined"])
        parser.add_argument("--search", default="", help="in title, key or description")

    def rows(self, options: dict[str, Any]) -> Iterator[Row]:
        """Return the checks."""
        sync_settings()
        known = discover()
        settings = CheckSetting.objects.filter(key__in=known).order_by("key")
        shown = (Shown(setting, known[setting.key]) for setting in settings)
        return islice((_row(one) for one in shown if _fits(one, options)), options["limit"])


def _fits(shown: Shown, options: dict[str, Any]) -> bool:
    asked = {n: options[n] for n in ("family", "state") if options[n]}
    facts = {"family": str(shown.kind.family), "state": shown.state}
    return asked.items() <= facts.items() and shown.mentions(options["search"])


def _row(shown: Shown) -> Row:
    values = {n: shown.value_of(n, p) for n, p in parameters_of(shown.kind).items()}
    return {
        "key": shown.setting.key,
        "title": shown.kind.title,
        "family": str(shown.kind.family),
        "state": shown.state,
        "score": shown.setting.effective_score,
        "parameters": ", ".join(f"{name}={value}" for name, value in values.items()),
    }
