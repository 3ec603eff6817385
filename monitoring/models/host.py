"""Who talks."""

from __future__ import annotations

from ipaddress import ip_network

from django.core.exceptions import ValidationError
from django.db import models

from monitoring.models.interface import Interface


def validate_network(value: str) -> None:
    """Refuse what is no IPv4 or IPv6 network, naming the reason."""
    try:
        ip_network(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


class LocalNetwork(models.Model):
    """A network whose hosts are local, as 192.168.0.0/16."""

    network = models.CharField(max_length=49, unique=True, validators=[validate_network])
    name = models.CharField(max_length=100, blank=True)

    class Meta:
        """Listed by network."""

        ordering = ["network"]

    def __str__(self) -> str:
        return self.name or self.network


class HostPool(models.Model):
    """A named set of hosts."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField(blank=True)

    class Meta:
        """Listed by name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class HostPoolMember(models.Model):
    """An address, a network or a MAC in a pool; the narrowest match wins, a MAC over all."""

    pool = models.ForeignKey(HostPool, on_delete=models.CASCADE, related_name="members")
    value = models.CharField(
        max_length=49, unique=True, help_text="10.0.0.7, 10.0.0.0/24 or 00:1b:63:84:45:e6"
    )

    def __str__(self) -> str:
        return self.value


class Host(models.Model):
    """An address on an interface and VLAN."""

    interface = models.ForeignKey(Interface, on_delete=models.CASCADE, related_name="hosts")
    vlan = models.PositiveIntegerField(default=0)
    address = models.GenericIPAddressField()
    name = models.CharField(max_length=253, blank=True)
    mac = models.CharField(max_length=17, blank=True)
    mac_vendor = models.CharField(max_length=100, blank=True)
    is_local = models.BooleanField(default=False)
    pool = models.ForeignKey(HostPool, null=True, blank=True, on_delete=models.SET_NULL)
    country = models.CharField(max_length=2, blank=True)
    asn = models.BigIntegerField(null=True, blank=True)
    as_name = models.CharField(max_length=100, blank=True)
    city = models.CharField(max_length=100, blank=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    bytes_sent = models.BigIntegerField(default=0)
    bytes_received = models.BigIntegerField(default=0)
    packets_sent = models.BigIntegerField(default=0)
    packets_received = models.BigIntegerField(default=0)
    flows_as_client = models.BigIntegerField(default=0)
    flows_as_server = models.BigIntegerField(default=0)
    score = models.IntegerField(default=0)

    class Meta:
        """One row per interface, VLAN and address."""

        constraints = [
            models.UniqueConstraint(
                fields=["interface", "vlan", "address"], name="one_host_per_place_and_address"
            )
        ]
        indexes = [
            models.Index(fields=["-last_seen"], name="host_last_seen"),
            models.Index(fields=["address"], name="host_address"),
            models.Index(
                fields=["first_seen"], name="host_remote", condition=models.Q(is_local=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address}@{self.vlan}" if self.vlan else str(self.address)
