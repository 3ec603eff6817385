"""A report as PDF, set by typst. The report reaches it as JSON, so no text can become markup."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Final

import font_source_sans_pro  # type: ignore[import-untyped]
import typst
from django.conf import settings

from alerts.reports.document import Report

_TEMPLATE: Final = Path("templates/reports/report.typ")


def pdf_of(report: Report) -> bytes:
    """Return the PDF: A4, tagged, its pages numbered."""
    return typst.compile(
        settings.BASE_DIR / _TEMPLATE,
        font_paths=_fonts(),
        sys_inputs={"report": json.dumps(_visible(report.as_json()))},
    )


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Return the fonts: ours, and the system's for the letters that ours lack."""
    folder = str(Path(font_source_sans_pro.font_directory))
    return typst.Fonts(include_system_fonts=True, font_paths=[folder])


def _visible(value: object) -> object:
    """Return the value with marks in place of what would turn or hide the text around it."""
    if isinstance(value, str):
        return "".join(
            c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in value
        )
    if isinstance(value, dict):
        return {key: _visible(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_visible(one) for one in value]
    return value
