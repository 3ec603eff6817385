"""Sums over time. The tables are made by :mod:`monitoring.storage`."""

from __future__ import annotations

from django.db import models

#: What traffic is summed by; ``key`` is the dimension's value as text, "" for the total.
DIMENSIONS = ("total", "application", "category", "host", "l4", "country", "peers", "server_port")


class Traffic(models.Model):
    """Traffic of one interface in one minute by one dimension; the other tables are alike."""

    pk = models.CompositePrimaryKey("bucket", "interface_id", "dimension", "key")
    bucket = models.DateTimeField()
    interface_id = models.IntegerField()
    dimension = models.CharField(max_length=20)
    key = models.TextField()
    bytes_sent = models.BigIntegerField()
    bytes_received = models.BigIntegerField()
    packets_sent = models.BigIntegerField()
    packets_received = models.BigIntegerField()
    flows = models.BigIntegerField()
    score = models.BigIntegerField()
    alerts = models.BigIntegerField()

    class Meta:
        """Made by monitoring.storage: traffic_10s, traffic_1m, traffic_1h and traffic_1d."""

        managed = False
        db_table = "traffic_1m"

    def __str__(self) -> str:
        return f"{self.bucket} {self.dimension} {self.key}"
