"""Where traffic is observed."""

from __future__ import annotations

from django.db import models

from monitoring.models.agent import Agent


class Interface(models.Model):
    """An observation point of an agent: a network card, a capture file, an exporter's port."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="interfaces")
    name = models.CharField(max_length=200)
    kind = models.CharField(
        max_length=20, help_text="live, pcap, netflow, sflow, syslog, demonstration or api"
    )
    first_seen = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(null=True, blank=True)
    counters = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        """One name once per agent."""

        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "name"], name="one_interface_per_agent_and_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_demonstration(self) -> bool:
        """Whether its traffic is the project's own demonstration capture."""
        return self.kind == "demonstration"
