"""Endpoints, recipients, what holds back, and what was decided and delivered."""

from recipients.models.decision import Decision, Outcome
from recipients.models.delivery import Attempt, Delivery
from recipients.models.endpoint import Endpoint
from recipients.models.group import Group
from recipients.models.inhibition import InhibitionRule
from recipients.models.queue import Queue
from recipients.models.recipient import Recipient
from recipients.models.report_schedule import ReportSchedule
from recipients.models.silence import MaintenanceWindow, Silence

__all__ = [
    "Attempt",
    "Decision",
    "Delivery",
    "Endpoint",
    "Group",
    "InhibitionRule",
    "MaintenanceWindow",
    "Outcome",
    "Queue",
    "Recipient",
    "ReportSchedule",
    "Silence",
]
