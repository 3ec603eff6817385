"""Buttons of one object that change something: by POST alone, so that no other site can press them.

Unfold makes links of such actions. With scripts the link posts at once (``viewer.js``); without, or
when somebody was led to its address, a page asks first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from monitoring.views.shell import show

View = Callable[[Any, HttpRequest, Any], HttpResponse]


def posted_action(description: str, **options: Any) -> Callable[[View], Any]:
    """Return a decorator as :func:`unfold.decorators.action`, for what changes something."""

    def decorate(view: View) -> Any:
        @wraps(view)
        def guarded(model_admin: Any, request: HttpRequest, object_id: Any) -> HttpResponse:
            if request.method == "POST":
                return view(model_admin, request, object_id)
            return show(request, "ntopweb/confirm.html", description)

        return action(description=description, attrs={"data-post": True}, **options)(guarded)

    return decorate
