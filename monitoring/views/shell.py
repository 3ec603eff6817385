"""What every page is: an admin view for those who may see it, in Unfold's shell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from monitoring.history.window import Window
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
    """What the viewer chose to look at: interfaces and a time range. Wrong values are as none."""

    interfaces: list[Interface]
    interface: Interface | None
    span: str

    @classmethod
    def of(cls, request: HttpRequest) -> Looking:
        """Return the choice that stands in the URL."""
        interfaces = list(Interface.objects.select_related("agent"))
        wanted = request.GET.get("interface", "")
        chosen = next((one for one in interfaces if str(one.pk) == wanted), None)
        span = request.GET.get("span", _DEFAULT_SPAN)
        return cls(interfaces, chosen, span if span in SPANS else _DEFAULT_SPAN)

    @property
    def window(self) -> Window:
        """The window until now."""
        return Window.last(SPANS[self.span][1], timezone.now(), self.interface_ids)

    @property
    def interface_ids(self) -> list[int] | None:
        """The chosen interface, or None for all."""
        return [self.interface.pk] if self.interface else None

    @property
    def spans(self) -> dict[str, str]:
        """The time ranges, by their name in the URL."""
        return {key: label for key, (label, _) in SPANS.items()}

    @property
    def query(self) -> str:
        """The choice as it stands in a URL."""
        interface = f"&interface={self.interface.pk}" if self.interface else ""
        return f"span={self.span}{interface}"
