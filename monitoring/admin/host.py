"""Hosts, pools of hosts and local networks in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter

from monitoring.history.hosts import hosts_with_bytes
from monitoring.models import Host, HostPool, HostPoolMember, LocalNetwork
from monitoring.templatetags import units


@admin.register(Host)
class HostAdmin(ModelAdmin):  # type: ignore[misc]
    """Hosts come from traffic; their name and pool may be set."""

    when_empty = "Hosts come with the first flows. Is an agent running?"
    list_display = ("address", "name", "vlan", "interface", "is_local", "traffic", "score", "seen")
    list_filter = (
        "is_local",
        ("interface", RelatedDropdownFilter),
        ("pool", RelatedDropdownFilter),
        ("last_seen", RangeDateTimeFilter),
    )
    list_filter_submit = True
    search_fields = ("address", "name", "mac", "mac_vendor")
    ordering = ("-last_seen",)
    show_full_result_count = False
    _set = ("name", "pool")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return the hosts with the sum of their bytes."""
        return hosts_with_bytes()

    def get_readonly_fields(self, request: HttpRequest, obj: Host | None = None) -> list[str]:
        """Return all that traffic says."""
        return [field.name for field in Host._meta.fields if field.name not in self._set]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: traffic adds them."""
        return False

    @admin.display(description="Traffic", ordering="bytes")
    def traffic(self, host: Any) -> str:
        """Return the bytes both ways."""
        return units.bytes_text(host.bytes)

    @admin.display(description="Last seen", ordering="last_seen")
    def seen(self, host: Host) -> str:
        """Return how long ago."""
        return units.ago(host.last_seen)


class MemberInline(TabularInline):  # type: ignore[misc]
    """The addresses, networks and MACs of a pool."""

    model = HostPoolMember
    extra = 1


@admin.register(HostPool)
class HostPoolAdmin(ModelAdmin):  # type: ignore[misc]
    """Pools with their members."""

    when_empty = (
        "A pool is a named set of hosts: addresses, networks or MAC addresses. Checks, "
        "scripts and recipients can be limited to pools."
    )
    list_display = ("name", "description", "members")
    search_fields = ("name", "members__value")
    inlines = (MemberInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[HostPool]:
        """Return the pools with the number of their members."""
        pools: QuerySet[HostPool] = super().get_queryset(request)
        return pools.annotate(size=Count("members"))

    @admin.display(description="Members", ordering="size")
    def members(self, pool: Any) -> str:
        """Return how many."""
        return units.count(pool.size)


@admin.register(LocalNetwork)
class LocalNetworkAdmin(ModelAdmin):  # type: ignore[misc]
    """Networks whose hosts are local."""

    when_empty = (
        "Without a local network every host is remote, and checks of local hosts see nothing."
    )
    list_display = ("network", "name")
    search_fields = ("network", "name")
