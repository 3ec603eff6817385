"""Reports to recipients: scheduled ones, and those of an alert's host beside the alert."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from alerts import findings
from alerts.models import SavedReport
from alerts.reports import making
from alerts.reports.subject import Every, Period, last_complete, subject_of
from recipients import queue
from recipients.message import Attachment, Item, Message
from recipients.models import Delivery, Recipient, ReportSchedule
from recipients.windows import zone_of

logger = logging.getLogger(__name__)

#: What a host's report beside an alert covers, until the message was made.
SPAN: Final = timedelta(days=1)
#: A message carries the reports of so many hosts at most.
MOST: Final = 3
_PDF: Final = "application/pdf"


def send(schedule: int, now: datetime) -> int:
    """Make the report of the last period that is over and queue it; return how many messages.

    One that was made and queued already is not again: a task may run twice.
    """
    row = ReportSchedule.objects.filter(pk=schedule, is_enabled=True).first()
    if row is None:
        return 0
    period = last_complete(Every(row.every), now, zone_of(row.zone))
    try:
        saved = _made(row, period)
    except (ValueError, LookupError) as error:
        _tell(row, str(error).strip("'\""))
        return 0
    if saved.state != SavedReport.State.DONE:
        _tell(row, saved.error)
        return 0
    return sum(_queue(to, saved, row, now) for to in _recipients(row))


def _made(row: ReportSchedule, period: Period) -> SavedReport:
    same = {"schedule": row.name, "since": period.since, "until": period.until}
    same |= {"kind": row.kind, "value": row.value}
    made = SavedReport.objects.filter(**same, state=SavedReport.State.DONE).first()
    if made is not None:
        return made
    saved = making.ask(row.kind, row.value, period, row.zone, None, row.name)
    making.make(saved.pk)
    saved.refresh_from_db()
    return saved


def _tell(row: ReportSchedule, reason: str) -> None:
    message = f"The scheduled report {row.name} could not be made: {reason}"
    findings.report("report_failed", row.name, message[:500], {"schedule": row.name}, score=50)


def _recipients(row: ReportSchedule) -> Iterable[Recipient]:
    rows = row.recipients.filter(is_enabled=True).select_related("endpoint")
    return [to for to in rows if to.endpoint.service_class.takes_reports]


def _queue(to: Recipient, saved: SavedReport, row: ReportSchedule, now: datetime) -> int:
    with transaction.atomic():
        ReportSchedule.objects.select_for_update().get(pk=row.pk)
        if Delivery.objects.filter(recipient=to, content__report=saved.pk).exists():
            return 0
        Delivery.objects.create(
            recipient=to,
            recipient_name=to.name,
            endpoint_name=to.endpoint.name,
            reason=Delivery.Reason.REPORT,
            total=0,
            severity="none",
            content={"items": [], "report": saved.pk},
            created_at=now,
        )
        queue.wake(to.pk, now)
    return 1


def message_of(delivery: Delivery) -> Message:
    """Return a scheduled report as a message: its summary in words, the PDF attached.

    A report that was deleted meanwhile is told as such.
    """
    saved = SavedReport.objects.filter(pk=delivery.content["report"]).first()
    subject, words = "A report that was deleted", ["The report was deleted before it was sent."]
    attachments: list[Attachment] = []
    if saved is not None and saved.pdf is not None:
        told = saved.document
        subject = f"{told['title']}: {told['subject']}, {told['period']}"
        words = [*told["summary"], f"Times are in {told['zone']}.", *_link(saved)]
        attachments = [Attachment(f"{saved.file_name}.pdf", _PDF, bytes(saved.pdf))]
    return Message(
        key=str(delivery.key),
        reason=delivery.reason,
        subject=" ".join(subject.split())[:200],
        text="\n\n".join(words),
        severity=delivery.severity,
        items=(),
        total=0,
        created_at=delivery.created_at.isoformat(),
        attachments=tuple(attachments),
    )


def _link(saved: SavedReport) -> list[str]:
    path = reverse("report", args=[saved.pk])
    return [f"{settings.PUBLIC_URL}{path}"] if settings.PUBLIC_URL else []


def beside(items: Sequence[Item], until: datetime, zone: str) -> list[Attachment]:
    """Return the PDF reports of the alerts' hosts over the day until then, the gravest first.

    One that cannot be made is left out and logged: an alert does not wait for its report.
    """
    ordered = sorted(items, key=lambda item: -item.score)
    hosts = dict.fromkeys(item.attacker or item.client or item.server for item in ordered)
    found = (_beside(host, until, zone) for host in list(filter(None, hosts))[:MOST])
    return [one for one in found if one is not None]


def _beside(host: str, until: datetime, zone: str) -> Attachment | None:
    try:
        period = Period(until - SPAN, until)
        pdf = making.make_now(subject_of("host", host), period, zone, until)
    except Exception:  # whatever is wrong with a report, the alert is told
        logger.exception("the report of %s could not be attached", host)
        return None
    name = "".join(letter if letter.isalnum() else "-" for letter in host)
    return Attachment(f"report-host-{name}.pdf", _PDF, pdf)
