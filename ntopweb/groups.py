"""The groups "viewer" and "operator", beside the admin who may all.

They belong to the product: after each migration they hold exactly what stands here, so that a new
model's permissions reach them. Who wants other permissions makes a group of another name.
"""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from ntopweb.apps import SEEN

#: What a viewer does not see.
_SECRET: Final = ("apitoken",)
#: What an operator works with, by app.
_OPERATED: Final = {
    "monitoring": ("blacklistsource", "host", "hostpool", "hostpoolmember", "localnetwork"),
    "checks": None,
    "lua": None,
    "alerts": None,
    "recipients": None,
}


def make_groups(using: str = "default") -> None:
    """Make both groups, or give them what they lack and take what is not theirs."""
    viewed = Q(content_type__app_label__in=SEEN, codename__startswith="view_")
    viewed &= ~Q(content_type__model__in=_SECRET)
    operated = Q()
    for app, models in _OPERATED.items():
        own = Q(content_type__app_label=app)
        operated |= own if models is None else own & Q(content_type__model__in=models)
    permissions = Permission.objects.using(using)
    for name, wanted in (("viewer", viewed), ("operator", viewed | operated)):
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(permissions.filter(wanted))
