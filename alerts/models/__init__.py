"""The queue of findings, and the alerts that the lifecycle makes of them."""

from alerts.models.alert import Alert, State
from alerts.models.event import AlertEvent, Kind
from alerts.models.finding import Finding
from alerts.models.progress import CountedFlow, Watermark

__all__ = ["Alert", "AlertEvent", "CountedFlow", "Finding", "Kind", "State", "Watermark"]
