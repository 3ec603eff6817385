"""Host pools: listed, added, changed, deleted, and who is in which. Pool 0 is "in none"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import IntegrityError, transaction

from monitoring.enrichment.context import mac_number
from monitoring.history.addresses import parse_place
from monitoring.models import HostPool, HostPoolMember
from monitoring.protocols import mac_text
from ntopweb.ntopng.asking import Asked, Endpoint, reads, writes
from ntopweb.ntopng.envelope import (
    ADD_POOL_FAILED,
    ALREADY_BOUND,
    BIND_FAILED,
    EDIT_POOL_FAILED,
    INVALID_ARGUMENTS,
    MEMBER_BOUND,
    POOL_ADDED,
    POOL_DELETED,
    POOL_EDITED,
    POOL_NOT_FOUND,
    Answer,
    Code,
    Refused,
)

#: ntopng's pool of what is in none.
_NONE: Final = 0
_LONGEST: Final = 100


def pools(asked: Asked) -> list[dict[str, Any]]:
    """Return the pools with their members; of ``pool`` alone where it is given."""
    rows = HostPool.objects.prefetch_related("members").order_by("pk")
    if "pool" in asked.parameters:
        rows = rows.filter(pk=asked.parameters.number("pool"))
    return [_shown(row) for row in rows]


def _shown(row: HostPool) -> dict[str, Any]:
    members = sorted(member.value for member in row.members.all())
    return {
        "pool_id": row.pk,
        "name": row.name,
        "members": members,
        "num_members": len(members),
        "configset_id": 0,
    }


def all_pools(asked: Asked) -> dict[str, Any]:
    """Return the pools of all kinds; there are only those of hosts."""
    return {"host": pools(asked)}


def members(asked: Asked) -> list[dict[str, Any]]:
    """Return the members of a pool."""
    pool = _pool(asked)
    values = pool.members.order_by("value").values_list("value", flat=True)
    return [{"member": value, "pool_id": pool.pk} for value in values]


def by_member(asked: Asked) -> dict[str, Any]:
    """Return the pool of a member: 0 where it is in none."""
    value = member_of(asked.parameters.required("member"))
    found = HostPoolMember.objects.filter(value=value).select_related("pool").first()
    if found is None:
        return {"pool_id": _NONE, "pool_name": ""}
    return {"pool_id": found.pool_id, "pool_name": found.pool.name}


def member_of(text: str) -> str:
    """Return an address, a network or a MAC as it is stored; raises INVALID_ARGUMENTS.

    ntopng writes ``10.0.0.0/24@0`` and ``10.0.0.7/32@0``; pools here know no VLAN.
    """
    plain, _, vlan = text.strip().partition("@")
    if vlan not in ("", "0"):
        raise Refused(INVALID_ARGUMENTS, f"{text!r}: members of pools have no VLAN here")
    if (mac := mac_number(plain)) is not None:
        return mac_text(mac)
    try:
        place = parse_place(plain)
    except ValueError as error:
        raise Refused(INVALID_ARGUMENTS, str(error)) from error
    if isinstance(place, str):
        return place
    return str(place.network_address if place.num_addresses == 1 else place)


def _pool(asked: Asked, missing: Code = POOL_NOT_FOUND) -> HostPool:
    number = asked.parameters.number("pool")
    if (found := HostPool.objects.filter(pk=number).first()) is None:
        raise Refused(missing, f"pool {number}")
    return found


def _name(asked: Asked, failed: Code, own: HostPool | None = None) -> str:
    name = asked.parameters.required("pool_name")
    others = HostPool.objects.filter(name=name)
    if own is not None:
        others = others.exclude(pk=own.pk)
    if len(name) > _LONGEST or others.exists():
        raise Refused(failed, "the name is taken, or longer than 100 characters")
    return name


def _listed(asked: Asked) -> list[str]:
    given = asked.parameters.value("pool_members")
    parts = given if isinstance(given, list) else str(given or "").split(",")
    return [member_of(str(part)) for part in parts if str(part).strip()]


def added(asked: Asked) -> Answer:
    """Add a pool with members, which leave the pools that they were in."""
    name, values = _name(asked, ADD_POOL_FAILED), _listed(asked)
    with _refusing(ADD_POOL_FAILED):
        pool = HostPool.objects.create(name=name)
        _bind(pool, values)
    return Answer({"pool_id": pool.pk}, POOL_ADDED)


def edited(asked: Asked) -> Answer:
    """Rename a pool; with ``pool_members`` those are its members from now on."""
    pool = _pool(asked)
    name, values = _name(asked, EDIT_POOL_FAILED, pool), _listed(asked)
    with _refusing(EDIT_POOL_FAILED):
        HostPool.objects.filter(pk=pool.pk).update(name=name)
        if "pool_members" in asked.parameters.given:
            pool.members.exclude(value__in=values).delete()
            _bind(pool, values)
    return Answer({"pool_id": pool.pk}, POOL_EDITED)


def _bind(pool: HostPool, values: Iterable[str]) -> None:
    for value in values:
        HostPoolMember.objects.update_or_create(value=value, defaults={"pool": pool})


@contextmanager
def _refusing(code: Code) -> Iterator[None]:
    """Turn what the database refuses, as when two callers race, into the code."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Refused(code, "somebody else was quicker") from error


def deleted(asked: Asked) -> Answer:
    """Delete a pool; its members are in none then."""
    _pool(asked).delete()
    return Answer([], POOL_DELETED)


def deleted_all(asked: Asked) -> Answer:
    """Delete all pools."""
    HostPool.objects.all().delete()
    return Answer([], POOL_DELETED)


def bound(asked: Asked) -> Answer:
    """Move a member into a pool, or out of all with pool 0."""
    value, number = member_of(asked.parameters.required("member")), asked.parameters.number("pool")
    known = HostPoolMember.objects.filter(value=value)
    if number == _NONE and asked.parameters.required("pool"):
        known.delete()
        return Answer([], MEMBER_BOUND)
    pool = _pool(asked)
    if known.filter(pool=pool).exists():
        raise Refused(ALREADY_BOUND, value)
    with _refusing(BIND_FAILED):
        _bind(pool, [value])
    return Answer([], MEMBER_BOUND)


_VIEW: Final = "monitoring.view_hostpool"
_MEMBERS: Final = ("monitoring.add_hostpoolmember", "monitoring.change_hostpoolmember")

ENDPOINTS: Final[dict[str, Endpoint]] = {
    "get/host/pools": reads(pools, _VIEW, is_global=True),
    "get/host/pool/pools": reads(pools, _VIEW, is_global=True),
    "get/pools": reads(all_pools, _VIEW, is_global=True),
    "get/host/pool/members": reads(members, _VIEW, is_global=True),
    "get/host/pool_by_member": reads(by_member, _VIEW, is_global=True),
    "add/host/pool": writes(added, "monitoring.add_hostpool", *_MEMBERS, is_global=True),
    "edit/host/pool": writes(
        edited,
        "monitoring.change_hostpool",
        *_MEMBERS,
        "monitoring.delete_hostpoolmember",
        is_global=True,
    ),
    "delete/host/pool": writes(deleted, "monitoring.delete_hostpool", is_global=True),
    "delete/pools": writes(deleted_all, "monitoring.delete_hostpool", is_global=True),
    "bind/host/pool/member": writes(
        bound, *_MEMBERS, "monitoring.delete_hostpoolmember", is_global=True
    ),
}
