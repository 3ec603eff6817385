"""Who talked to whom. :mod:`monitoring.storage` makes the partitioned tables of flows."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from monitoring.models.interface import Interface


class Application(models.Model):
    """An application's name as nDPI gives it, with the number that stands for it in ``flow``."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A category's name as nDPI gives it, with the small number that stands for it in ``flow``."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class FlowColumns(models.Model):
    """The narrow columns of a flow's row. Enumerations are their position in the schema's Enum."""

    flow_id = models.BigIntegerField()
    interface = models.ForeignKey(
        Interface, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    event = models.SmallIntegerField()
    first_seen = models.DateTimeField()
    interval_start = models.DateTimeField()
    client = models.GenericIPAddressField()
    server = models.GenericIPAddressField()
    client_port = models.IntegerField()
    server_port = models.IntegerField()
    l4 = models.SmallIntegerField()
    vlan = models.SmallIntegerField()
    tunnel = models.SmallIntegerField()
    client_mac = models.BigIntegerField()
    server_mac = models.BigIntegerField()
    bytes_to_server = models.BigIntegerField()
    bytes_to_client = models.BigIntegerField()
    packets_to_server = models.BigIntegerField()
    packets_to_client = models.BigIntegerField()
    payload_to_server = models.BigIntegerField()
    payload_to_client = models.BigIntegerField()
    bytes_to_server_delta = models.BigIntegerField()
    bytes_to_client_delta = models.BigIntegerField()
    packets_to_server_delta = models.BigIntegerField()
    packets_to_client_delta = models.BigIntegerField()
    tcp_flags_to_server = models.SmallIntegerField()
    tcp_flags_to_client = models.SmallIntegerField()
    connection_state = models.SmallIntegerField()
    retransmissions_to_server = models.IntegerField()
    retransmissions_to_client = models.IntegerField()
    out_of_order_to_server = models.IntegerField()
    out_of_order_to_client = models.IntegerField()
    zero_window_to_server = models.IntegerField()
    zero_window_to_client = models.IntegerField()
    rtt_client_ms = models.FloatField(null=True)
    rtt_server_ms = models.FloatField(null=True)
    application = models.ForeignKey(
        Application, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    category = models.ForeignKey(
        Category, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    breed = models.SmallIntegerField()
    confidence = models.SmallIntegerField()
    risk = models.BigIntegerField()
    direction = models.SmallIntegerField()
    client_country = models.CharField(max_length=2)
    server_country = models.CharField(max_length=2)
    client_pool = models.IntegerField()
    server_pool = models.IntegerField()
    score = models.SmallIntegerField()
    checks = ArrayField(models.SmallIntegerField())

    class Meta:
        """No table of its own."""

        abstract = True


class Flow(FlowColumns):
    """A row ``update`` or ``end`` of a flow; ``time`` is its last packet."""

    pk = models.CompositePrimaryKey("time", "flow_id")
    time = models.DateTimeField()

    class Meta:
        """Made by monitoring.storage."""

        managed = False
        db_table = "flow"

    def __str__(self) -> str:
        return f"{self.flow_id} at {self.time}"


class FlowLive(FlowColumns):
    """The latest row of a flow that has not ended."""

    flow_id = models.BigIntegerField(primary_key=True)
    time = models.DateTimeField()
    detail = models.JSONField(null=True)

    class Meta:
        """Made by monitoring.storage."""

        managed = False
        db_table = "flow_live"

    def __str__(self) -> str:
        return f"{self.flow_id} at {self.time}"


class FlowDetail(models.Model):
    """What a flow's row carries beside the narrow columns: FLOW_DETAIL without nulls."""

    pk = models.CompositePrimaryKey("time", "flow_id")
    time = models.DateTimeField()
    flow_id = models.BigIntegerField()
    detail = models.JSONField()

    class Meta:
        """Made by monitoring.storage."""

        managed = False
        db_table = "flow_detail"

    def __str__(self) -> str:
        return f"{self.flow_id} at {self.time}"
