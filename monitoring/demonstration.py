"""The project's own demonstration traffic, and how it is removed."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from monitoring.history.rollups import forget
from monitoring.models import Agent, FlowLive, Interface

KIND: Final = "demonstration"
#: The agent that `up` makes for it; removing the demonstration switches it off.
AGENT: Final = "demonstration"


@transaction.atomic
def remove_demonstration() -> int:
    """Remove what the demonstration's interfaces saw, stop its agent; return their number.

    Rows of ``flow`` go with their partition; without their interface nothing shows them any more.
    """
    Agent.objects.filter(name=AGENT).update(is_enabled=False)
    removed = list(Interface.objects.filter(kind=KIND).values_list("id", flat=True))
    FlowLive.objects.filter(interface__in=removed).delete()
    forget(removed)
    Interface.objects.filter(id__in=removed).delete()
    return len(removed)
