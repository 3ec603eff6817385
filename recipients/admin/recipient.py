"""Recipients in the admin: filters, grouping, templates with a live preview, and a test."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminTextareaWidget,
)

from checks.base import Category, Family
from checks.parameters import ParameterError, parameters_of
from checks.registry import discover as checks
from monitoring.admin.posting import posted_action
from monitoring.views.shell import show
from recipients import outbox, queue, trial
from recipients.admin.endpoint import tell_result
from recipients.admin.fields import fields_of, initial_of, values_of
from recipients.models import Endpoint, Recipient
from recipients.occurrence import GROUPABLE

_PREFIX = "to_"


class LinesField(forms.CharField):
    """A list, one a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        """Return the list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Return the lines as a list."""
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


def _many(label: str, names: Any, help_text: str = "") -> forms.MultipleChoiceField:
    options = [(str(name), str(name).capitalize()) for name in names]
    widget = UnfoldAdminSelect2MultipleWidget()
    return forms.MultipleChoiceField(
        label=label, required=False, choices=options, widget=widget, help_text=help_text
    )


def _checks() -> list[tuple[str, str]]:
    return sorted(
        ((key, check.title or key) for key, check in checks().items()), key=lambda p: p[1]
    )


class RecipientForm(forms.ModelForm):  # type: ignore[type-arg]
    """A recipient of one endpoint; the addressee's parameters are fields beside the model's."""

    endpoint_id = 0
    categories = _many("Categories", Category, "None chosen: all.")
    families = _many("About", Family, "None chosen: all.")
    group_by = _many("Group by", GROUPABLE, "What belongs together in a digest; none: all of it.")
    checks = forms.MultipleChoiceField(
        required=False,
        choices=_checks,
        widget=UnfoldAdminSelect2MultipleWidget(),
        help_text="As in ntopng they replace severity, categories and about. None: all.",
    )
    networks = LinesField(
        required=False, help_text="Alerts about a host in these networks, one a line."
    )

    class Meta:
        """The model's own fields; the admin says which."""

        model = Recipient
        fields = (
            *("name", "is_enabled", "minimum_severity", "categories", "families", "checks"),
            *("pools", "interfaces", "networks", "tell_engaged", "tell_released"),
            *("tell_acknowledged", "hours", "zone", "mode", "group_by", "wait_seconds"),
            *("interval_seconds", "quiet_seconds", "repeat_seconds", "messages_per_hour"),
            *("give_up_hours", "subject_template", "body_template"),
        )
        widgets = {"hours": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.instance.endpoint = Endpoint.objects.get(pk=self.endpoint_id)
            if self._kind.one_by_one:
                self.initial.update(mode=Recipient.Mode.SINGLE, messages_per_hour=0)
        self.initial.update(initial_of(self._kind.To, _PREFIX, self.instance.parameters))

    @property
    def _kind(self) -> Any:
        return self.instance.endpoint.service_class

    def clean(self) -> dict[str, Any]:
        """Set the addressee's parameters; each that is refused is said at its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        to = self._kind.To
        values = values_of(to, _PREFIX, cleaned)
        try:
            typed = to.of(values)
        except ParameterError as error:
            for name, reason in error.reasons.items():
                self.add_error(f"{_PREFIX}{name}", f"{reason}.".capitalize())
        else:
            about = parameters_of(to)
            self.instance.parameters = {
                name: about[name].dump(getattr(typed, name)) for name in about
            }
        return cleaned


def form_for(endpoint: Endpoint) -> type[RecipientForm]:
    """Return the form of a recipient of an endpoint."""
    fields = fields_of(endpoint.service_class.To, _PREFIX, frozenset())
    return type("ToForm", (RecipientForm,), {"endpoint_id": endpoint.pk, **fields})


@admin.register(Recipient)
class RecipientAdmin(ModelAdmin):  # type: ignore[misc]
    """Who is told, of what, when and how often."""

    when_empty = "A recipient says who is told of which alerts, through which endpoint and when."
    list_display = ("name", "endpoint", "state", "told_of", "how", "waiting", "dead")
    list_filter = ("is_enabled", "endpoint")
    list_select_related = ("endpoint",)
    search_fields = ("name", "endpoint__name")
    autocomplete_fields = ("pools", "interfaces")
    readonly_fields = ("endpoint_shown", "preview")
    actions_detail = ("send_test",)

    class Media:
        """What renews the preview while one writes."""

        js = ("ntopweb/recipients.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recipient]:
        """Return the recipients with what waits and what is dead."""
        rows: QuerySet[Recipient] = super().get_queryset(request)
        return rows.annotate(
            waiting_count=Count("deliveries", filter=Q(deliveries__state="waiting")),
            dead_count=Count("deliveries", filter=Q(deliveries__state="dead")),
        )

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Return the form for the chosen endpoint, or the choice."""
        wanted = request.GET.get("endpoint", "")
        if wanted.isdecimal() and Endpoint.objects.filter(pk=wanted).exists():
            return super().add_view(request, *args, **kwargs)
        found = Endpoint.objects.exclude(kind="interface")
        return show(request, "recipients/choose_endpoint.html", "Add a recipient", endpoints=found)

    def _endpoint(self, request: HttpRequest, obj: Recipient | None) -> Endpoint:
        if obj:
            return obj.endpoint
        return get_object_or_404(Endpoint, pk=request.GET.get("endpoint"))

    def get_form(
        self, request: HttpRequest, obj: Recipient | None = None, change: bool = False, **how: Any
    ) -> Any:
        """Return the form for the recipient's endpoint."""
        form = form_for(self._endpoint(request, obj))
        return super().get_form(request, obj, change, form=form, **how)

    def get_fieldsets(self, request: HttpRequest, obj: Recipient | None = None) -> Any:
        """Return the fields by what they are about."""
        if obj and obj.is_builtin:
            return [(None, {"fields": ["name", "endpoint_shown"]})]
        kind = self._endpoint(request, obj).service_class
        to = [f"{_PREFIX}{name}" for name in parameters_of(kind.To)]
        tell = [("tell_engaged", "tell_released", "tell_acknowledged")]
        where = ["interfaces", "pools", "networks"]
        pace = [("quiet_seconds", "repeat_seconds"), ("messages_per_hour", "give_up_hours")]
        return [
            (None, {"fields": ["name", "endpoint_shown", "is_enabled", *to]}),
            (
                "Of what",
                {"fields": ["minimum_severity", "categories", "families", "checks", *where, *tell]},
            ),
            ("When", {"fields": ["hours", "zone"]}),
            (
                "How",
                {"fields": ["mode", "group_by", ("wait_seconds", "interval_seconds"), *pace]},
            ),
            (
                "Words",
                {
                    "fields": ["subject_template", "body_template", "preview"],
                    "description": "Jinja2: items (title, message, severity, score, entity, "
                    "interface, client, server, kind, at, url …), total, more, severity, reason, "
                    "counts; the filter clock(zone) shows a time.",
                },
            ),
        ]

    def save_model(self, request: HttpRequest, obj: Recipient, form: Any, change: bool) -> None:
        """Save; what was held back is decided anew, what waits goes on."""
        super().save_model(request, obj, form, change)
        now = timezone.now()
        outbox.recheck_soon(now)
        if obj.deliveries.filter(state="waiting").exists():
            queue.wake(obj.pk, now)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False for the interface itself, as in ntopng."""
        if isinstance(obj, Recipient) and obj.is_builtin:
            return False
        return bool(super().has_delete_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False for the interface itself: there is nothing to set."""
        if isinstance(obj, Recipient) and obj.is_builtin:
            return False
        return bool(super().has_change_permission(request, obj))

    @posted_action("Send a test", icon="send", permissions=["change"])
    def send_test(self, request: HttpRequest, object_id: Any) -> HttpResponseRedirect:
        """Send a test message now and show the answer."""
        to = get_object_or_404(Recipient.objects.select_related("endpoint"), pk=object_id)
        if to.is_builtin:
            messages.info(request, "There is nothing to send: alerts stand on the pages.")
        else:
            tell_result(request, trial.test_recipient(to, timezone.now()))
        return HttpResponseRedirect(reverse("admin:recipients_recipient_change", args=[object_id]))

    @display(description="Endpoint")  # type: ignore[untyped-decorator]
    def endpoint_shown(self, to: Recipient) -> str:
        """Return by what they are told."""
        return f"{to.endpoint.name} ({to.endpoint.service_class.title})" if to.endpoint_id else ""

    @display(description="Preview")  # type: ignore[untyped-decorator]
    def preview(self, to: Recipient) -> SafeString:
        """Return the place where the preview stands; a script fills it."""
        return render_to_string("recipients/_preview_place.html")

    @display(  # type: ignore[untyped-decorator]
        description="State",
        label={
            "in force": "success",
            "endpoint refused": "danger",
            "disabled": "warning",
            "endpoint disabled": "warning",
        },
    )
    def state(self, to: Recipient) -> str:
        """Return whether they are told, or why not."""
        if not to.is_enabled:
            return "disabled"
        if to.endpoint.is_enabled:
            return "in force"
        return "endpoint refused" if to.endpoint.refusal else "endpoint disabled"

    @display(description="Told of")  # type: ignore[untyped-decorator]
    def told_of(self, to: Recipient) -> str:
        """Return the filters in short."""
        if to.is_builtin:
            return "everything"
        if to.checks:
            return f"{len(to.checks)} checks"
        return f"{to.minimum_severity} and worse"

    @display(description="How")  # type: ignore[untyped-decorator]
    def how(self, to: Recipient) -> str:
        """Return how alerts are put into messages."""
        if to.is_builtin:
            return "on the pages"
        return "each" if to.mode == Recipient.Mode.SINGLE else "digest"

    @display(description="Waiting", ordering="waiting_count")  # type: ignore[untyped-decorator]
    def waiting(self, to: Any) -> int:
        """Return how many messages wait."""
        return int(to.waiting_count)

    @display(description="Dead letters", ordering="dead_count")  # type: ignore[untyped-decorator]
    def dead(self, to: Any) -> int:
        """Return how many messages were not taken."""
        return int(to.dead_count)
