"""Write docs/checks.md from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand

from checks.documentation import render

PATH: Final = Path(settings.BASE_DIR) / "docs" / "checks.md"


class Command(BaseCommand):
    """Write the page of all checks."""

    help = "Write docs/checks.md from the code."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        PATH.write_text(render(), encoding="utf-8")
        self.stdout.write(f"{PATH}: {len(render().splitlines())} lines")
