"""A report as one HTML file, which fetches nothing."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string

from alerts.reports.document import Report, Section


def html_of(report: Report) -> str:
    """Return the page."""
    sections = [_shown(section) for section in report.sections]
    shown = {**vars(report), "sections": sections}
    return render_to_string("reports/report.html", {"report": shown})


def _shown(section: Section) -> dict[str, Any]:
    """Return a section with each cell beside its column; a share in per cent."""
    table = section.table
    lines = [
        {
            "cells": list(zip(table.columns, row.cells, strict=True)),
            "share": f"{min(100 * row.share, 100):.1f}" if row.share else "",
        }
        for row in (table.rows if table else ())
        if table
    ]
    return {**vars(section), "lines": lines}
