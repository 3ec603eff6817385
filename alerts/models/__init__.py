"""The queue of findings, and the alerts that the lifecycle makes of them."""

from alerts.models.alert import Alert, State
from alerts.models.event import AlertEvent, Kind
from alerts.models.external import ExternalEvent
from alerts.models.false_alarm import FalseAlarm
from alerts.models.finding import Finding
from alerts.models.progress import CountedFlow, Watermark
from alerts.models.report import SavedReport

__all__ = [
    "Alert",
    "AlertEvent",
    "CountedFlow",
    "ExternalEvent",
    "FalseAlarm",
    "Finding",
    "Kind",
    "SavedReport",
    "State",
    "Watermark",
]
