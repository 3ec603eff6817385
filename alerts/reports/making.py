"""Reports in the background: asked for, made with progress, kept."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from alerts.models import SavedReport
from alerts.reports.building import build
from alerts.reports.document import Report
from alerts.reports.html import html_of
from alerts.reports.pdf import pdf_of
from alerts.reports.subject import Period, Subject, subject_of

logger = logging.getLogger(__name__)

#: What a report tells of, so that seeing one takes the permission to see each.
PERMISSIONS: Final = ("alerts.view_savedreport", "alerts.view_alert", "monitoring.view_interface")
#: A report whose worker died is given up after so long.
_LOST: Final = timedelta(minutes=15)
#: So many reports may wait at a time, so that nobody fills the queue.
_MOST_WAITING: Final = 20


def may(user: Any) -> bool:
    """Return whether a user may make and see reports."""
    return bool(user.has_perms(PERMISSIONS))


def ask(
    kind: str, value: str, period: Period, zone: str, by: Any, schedule: str = ""
) -> SavedReport:
    """Keep a report that is to be made and return it.

    Raises ValueError or LookupError naming what is wrong with the subject, the zone or the time.
    """
    give_up_lost(timezone.now())
    going = SavedReport.objects.filter(state__in=_GOING).count()
    if going >= _MOST_WAITING:
        raise ValueError(f"{going} reports are being made: try again when some are done")
    subject = subject_of(kind, value)
    return SavedReport.objects.create(
        kind=subject.kind.value,
        value=subject.value,
        title=subject.title[:400],
        since=period.since,
        until=period.until,
        zone=zone_of(zone).key,
        created_by=by,
        schedule=schedule,
    )


_GOING: Final = (SavedReport.State.WAITING, SavedReport.State.RUNNING)


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of an IANA name; raises ValueError for one that there is not."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name[:60]!r} is no time zone, as Europe/Rome") from None


def make(pk: int) -> bool:
    """Make a report that waits; return whether it was made. What goes wrong is kept with it."""
    waiting = SavedReport.objects.filter(pk=pk, state=SavedReport.State.WAITING)
    if not waiting.update(state=SavedReport.State.RUNNING, step="Begun"):
        return False
    saved = SavedReport.objects.get(pk=pk)
    try:
        _make(saved)
    except Exception as error:  # a fault of ours must be seen on the page, not waited for
        logger.exception("report %d failed", pk)
        saved.state, saved.error = (
            SavedReport.State.FAILED,
            f"{type(error).__name__}: {error}"[:500],
        )
    saved.finished_at = timezone.now()
    saved.save()
    return saved.state == SavedReport.State.DONE


def _make(saved: SavedReport) -> None:
    def progress(step: str, percent: int) -> None:
        SavedReport.objects.filter(pk=saved.pk).update(step=step, percent=percent)

    period = Period(saved.since, saved.until)
    subject = subject_of(saved.kind, saved.value)
    report = build(subject, period, zone_of(saved.zone), timezone.now(), progress)
    progress("Setting the pages", 85)
    saved.document, saved.pdf = report.as_json(), pdf_of(report)
    saved.state, saved.percent, saved.step = SavedReport.State.DONE, 100, ""


def make_now(subject: Subject, period: Period, zone: str, now: datetime) -> bytes:
    """Return the PDF of a subject that is not kept, as for an attachment."""
    return pdf_of(build(subject, period, zone_of(zone), now))


def html_text(saved: SavedReport) -> str:
    """Return a report that was made as an HTML file."""
    return html_of(Report.of(saved.document))


def give_up_lost(now: datetime) -> int:
    """Mark those whose worker died as failed; return how many."""
    lost = SavedReport.objects.filter(Q(state__in=_GOING), created_at__lt=now - _LOST)
    failed = SavedReport.State.FAILED
    return lost.update(state=failed, error="its worker ended before it was made", finished_at=now)


def delete_old(now: datetime) -> int:
    """Delete reports that are older than they are kept, give up lost ones; return how many went."""
    give_up_lost(now)
    before = now - timedelta(days=settings.RETENTION_DAYS["report"])
    return SavedReport.objects.filter(created_at__lt=before).delete()[0]
