"""What every page is: an admin view for those who may see it, in Unfold's shell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from monitoring.history.window import TABLES, Window, finest_of
from monitoring.models import Interface

View = Callable[..., HttpResponse]

#: The time ranges that pages offer.
SPANS: Final = {
    "15m": ("15 min", timedelta(minutes=15)),
    "1h": ("1 h", timedelta(hours=1)),
    "6h": ("6 h", timedelta(hours=6)),
    "24h": ("24 h", timedelta(hours=24)),
    "7d": ("7 d", timedelta(days=7)),
    "30d": ("30 d", timedelta(days=30)),
}
_DEFAULT_SPAN: Final = "1h"


def page(permission: str) -> Callable[[View], View]:
    """Return the decorator of a page: staff with the permission, others are led to the login."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        wrapped: View = admin.site.admin_view(checked)
        return wrapped

    return decorate


def show(
    request: HttpRequest, template: str, title: str, *, part: str = "", **context: Any
) -> TemplateResponse:
    """Return the page, or for htmx only its part that renews itself."""
    if part and getattr(request, "htmx", False):
        return TemplateResponse(request, part, context)
    shell = {**admin.site.each_context(request), "title": title, "is_fullwidth": "1"}
    return TemplateResponse(request, template, {**shell, **context})


@dataclass(frozen=True)
class Looking:
    """What the viewer chose to look at: interfaces and a time range. Wrong values are as none.

    The range is one of SPANS until now, or ``fixed``: from a time until another.
    """

    interfaces: list[Interface]
    interface: Interface | None
    span: str
    fixed: tuple[datetime, datetime] | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Looking:
        """Return the choice that stands in the URL."""
        interfaces = list(Interface.objects.select_related("agent"))
        wanted = request.GET.get("interface", "")
        chosen = next((one for one in interfaces if str(one.pk) == wanted), None)
        span = request.GET.get("span", _DEFAULT_SPAN)
        fixed = _fixed(request.GET.get("since", ""), request.GET.get("until", ""))
        return cls(interfaces, chosen, span if span in SPANS else _DEFAULT_SPAN, fixed)

    @cached_property
    def window(self) -> Window:
        """The window: fixed, or until now."""
        now = timezone.now()
        since, until = self.fixed or (now - SPANS[self.span][1], now)
        kept = {name: timedelta(days=settings.RETENTION_DAYS[f"traffic_{name}"]) for name in TABLES}
        return Window(since, until, self.interface_ids, finest_of(now - since, kept))

    @property
    def is_live(self) -> bool:
        """Whether it moves on with the time."""
        return self.fixed is None

    @property
    def interface_ids(self) -> list[int] | None:
        """The chosen interface, or None for all."""
        return [self.interface.pk] if self.interface else None

    @property
    def spans(self) -> dict[str, str]:
        """The time ranges, by their name in the URL."""
        return {key: label for key, (label, _) in SPANS.items()}

    @property
    def earlier(self) -> dict[str, str]:
        """The range as long as this one that ends where this one begins, as it stands in a URL."""
        since, until = self.window.since, self.window.until
        return _texts(since - (until - since), since)

    @property
    def later(self) -> dict[str, str] | None:
        """The range that follows a fixed one; None where that is in the future."""
        since, until = self.window.since, self.window.until
        return (
            _texts(until, until + (until - since))
            if self.fixed and until < timezone.now()
            else None
        )

    @property
    def query(self) -> str:
        """The choice as it stands in a URL."""
        interface = {"interface": str(self.interface.pk)} if self.interface else {}
        return urlencode((_texts(*self.fixed) if self.fixed else {"span": self.span}) | interface)


def _fixed(since: str, until: str) -> tuple[datetime, datetime] | None:
    """Return the two times, in the viewer's zone where none is given; None for what is no range."""
    times = []
    for text in (since, until):
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            return None
        times.append(timezone.make_aware(time) if timezone.is_naive(time) else time)
    return (times[0], times[1]) if times[0] < times[1] else None


def _texts(since: datetime, until: datetime) -> dict[str, str]:
    """Return a range as it stands in a URL: to the second, in UTC."""
    return {
        name: f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        for name, time in (("since", since), ("until", until))
    }
