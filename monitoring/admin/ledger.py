"""The ledger in the admin."""

from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter

from monitoring.admin.readonly import ObservedAdmin
from monitoring.models import LedgerLine
from monitoring.templatetags import units


@admin.register(LedgerLine)
class LedgerLineAdmin(ObservedAdmin):
    """What was received, batch by batch."""

    list_display = (
        "received",
        "agent",
        "interface",
        "frame",
        "sequence",
        "rows",
        "stored",
        "refused",
        "repeated",
        "findings",
        "took",
    )
    list_filter = (
        "frame",
        ("agent", RelatedDropdownFilter),
        ("interface", RelatedDropdownFilter),
        ("received_at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_select_related = ("agent", "interface")
    search_fields = ("=session",)
    show_full_result_count = False

    @admin.display(description="Received", ordering="received_at")
    def received(self, line: LedgerLine) -> str:
        """Return when."""
        return units.moment(line.received_at)

    @admin.display(description="Took", ordering="milliseconds")
    def took(self, line: LedgerLine) -> str:
        """Return how long ingest took."""
        return units.milliseconds(line.milliseconds)
