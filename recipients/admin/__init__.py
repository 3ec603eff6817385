"""The admin of who is told; Django imports it, so all of it stands here."""

from recipients.admin import delivery, endpoint, inhibition, recipient, report_schedule, silence

__all__ = ["delivery", "endpoint", "inhibition", "recipient", "report_schedule", "silence"]
