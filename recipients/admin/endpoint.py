"""Endpoints in the admin: a form per kind, and a Test button that really sends."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import display

from checks.parameters import ParameterError, parameters_of
from monitoring.admin.posting import posted_action
from monitoring.views.shell import show
from recipients import trial
from recipients.admin.fields import fields_of, initial_of, values_of
from recipients.models import Endpoint, Queue
from recipients.registry import discover

_PREFIX = "p_"


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]
    """An endpoint of one kind; the kind's parameters are fields beside the model's."""

    kind_key = ""

    class Meta:
        """The model's own fields; the admin says which."""

        model = Endpoint
        fields = ("name", "is_enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = discover()[self.kind_key]
        if not self.instance.pk:
            self.instance.kind = self.kind_key
            self.fields["name"].initial = self.fields["name"].initial or kind.title
        self.initial.update(initial_of(kind, _PREFIX, self.instance.parameters))

    def clean(self) -> dict[str, Any]:
        """Set the parameters; each that is refused is said at its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            self.instance.configure(values_of(discover()[self.kind_key], _PREFIX, cleaned))
        except ParameterError as error:
            for name, reason in error.reasons.items():
                self.add_error(f"{_PREFIX}{name}", f"{reason}.".capitalize())
        return cleaned

    def _post_clean(self) -> None:
        if not self.errors:
            super()._post_clean()  # type: ignore[misc]


def form_for(kind: str, secrets_set: frozenset[str]) -> type[EndpointForm]:
    """Return the form of a kind."""
    fields = fields_of(discover()[kind], _PREFIX, secrets_set)
    return type("KindForm", (EndpointForm,), {"kind_key": kind, **fields})


@admin.register(Endpoint)
class EndpointAdmin(ModelAdmin):  # type: ignore[misc]
    """Services that deliver."""

    when_empty = (
        "An endpoint is a service that delivers: a mail server, a chat, a webhook, a script."
    )
    list_display = ("name", "kind_title", "state", "used_by")
    list_filter = ("is_enabled",)
    search_fields = ("name", "kind")
    readonly_fields = ("refusal_shown",)
    actions_detail = ("send_test",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        """Return the endpoints with the number of their recipients."""
        rows: QuerySet[Endpoint] = super().get_queryset(request)
        return rows.annotate(recipient_count=Count("recipients"))

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the form of the chosen kind, or the choice."""
        if request.GET.get("kind") in self._offered():
            return super().add_view(request, *args, **kwargs)
        kinds = [discover()[key] for key in self._offered()]
        return show(request, "recipients/choose_kind.html", "Add an endpoint", kinds=kinds)

    @staticmethod
    def _offered() -> list[str]:
        return [key for key, kind in discover().items() if not kind.is_interface]

    def _kind(self, request: HttpRequest, obj: Endpoint | None) -> str:
        return obj.kind if obj else request.GET.get("kind", "")

    def get_form(
        self, request: HttpRequest, obj: Endpoint | None = None, change: bool = False, **how: Any
    ) -> Any:
        """Return the form of the endpoint's kind."""
        kind = self._kind(request, obj)
        secrets = obj.has_secrets if obj else frozenset()
        return super().get_form(request, obj, change, form=form_for(kind, secrets), **how)

    def get_fieldsets(self, request: HttpRequest, obj: Endpoint | None = None) -> Any:
        """Return the model's fields, then the kind's under its title."""
        kind = discover()[self._kind(request, obj)]
        own = [f"{_PREFIX}{name}" for name in parameters_of(kind)]
        first = ["name", "is_enabled", *(["refusal_shown"] if obj and obj.refusal else [])]
        return [(None, {"fields": first})] + (
            [(kind.title, {"fields": own, "description": kind.hint})] if own else []
        )

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        """Save; one that is enabled takes up what waits."""
        if obj.is_enabled:
            obj.refused_at, obj.refusal = None, ""
        super().save_model(request, obj, form, change)
        if obj.is_enabled:
            waiting = Queue.objects.filter(recipient__endpoint=obj, due_at__isnull=False)
            waiting.update(due_at=timezone.now(), failures=0)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False for the interface itself: it is always there."""
        if isinstance(obj, Endpoint) and obj.service_class.is_interface:
            return False
        return bool(super().has_delete_permission(request, obj))

    @posted_action("Send a test", icon="send", permissions=["change"])
    def send_test(self, request: HttpRequest, object_id: Any) -> HttpResponseRedirect:
        """Send a test message now and show the answer."""
        endpoint = Endpoint.objects.get(pk=object_id)
        if endpoint.service_class.is_interface:
            messages.info(request, "There is nothing to send: alerts stand on the pages.")
        elif trial.needs_addressee(endpoint.service_class):
            messages.info(request, "A test needs an addressee: send it from one of its recipients.")
        else:
            tell_result(request, trial.test_endpoint(endpoint, timezone.now()))
        return HttpResponseRedirect(reverse("admin:recipients_endpoint_change", args=[object_id]))

    @display(description="Kind", ordering="kind")  # type: ignore[untyped-decorator]
    def kind_title(self, endpoint: Endpoint) -> str:
        """Return the kind's title."""
        known = discover().get(endpoint.kind)
        return known.title if known else f"{endpoint.kind} (unknown)"

    @display(  # type: ignore[untyped-decorator]
        description="State",
        label={"in force": "success", "refused": "danger", "disabled": "warning"},
    )
    def state(self, endpoint: Endpoint) -> str:
        """Return whether it is used, or why not."""
        if endpoint.is_enabled:
            return "in force"
        return "refused" if endpoint.refusal else "disabled"

    @display(description="Recipients", ordering="recipient_count")  # type: ignore[untyped-decorator]
    def used_by(self, endpoint: Any) -> int:
        """Return how many recipients it serves."""
        return int(endpoint.recipient_count)

    @display(description="Refused for good")  # type: ignore[untyped-decorator]
    def refusal_shown(self, endpoint: Endpoint) -> str:
        """Return when and why the service refused; enabling it tries again."""
        at = endpoint.refused_at
        return f"{at:%Y-%m-%d %H:%M} UTC: {endpoint.refusal}" if at else endpoint.refusal


def tell_result(request: HttpRequest, result: Any) -> None:
    """Show what came of a test."""
    level = messages.SUCCESS if result.error is None else messages.ERROR
    messages.add_message(request, level, trial.words_of(result))
