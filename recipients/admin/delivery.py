"""Deliveries in the admin: every attempt, and dead letters that can be sent again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter
from unfold.decorators import display

from monitoring.admin.posting import posted_action
from monitoring.admin.readonly import ObservedAdmin
from monitoring.templatetags import units
from recipients import resending
from recipients.models import Attempt, Delivery


class AttemptInline(TabularInline):  # type: ignore[misc]
    """The attempts of a delivery."""

    model = Attempt
    extra = 0
    fields = ("number", "started_at", "took", "outcome", "status", "answer")
    readonly_fields = fields
    can_delete = False
    show_title = False

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    @display(description="Took")  # type: ignore[untyped-decorator]
    def took(self, attempt: Attempt) -> str:
        """Return how long."""
        return units.milliseconds(attempt.milliseconds)


@admin.register(Delivery)
class DeliveryAdmin(ObservedAdmin):
    """One message to one recipient each."""

    when_empty = (
        "Each message to a recipient will stand here, with every attempt and its answer. Add "
        "a recipient, and the next alert that matches makes the first."
    )
    list_display = ("made", "recipient_name", "what", "state_shown", "attempts", "outcome_shown")
    list_filter = (
        "state",
        "reason",
        ("recipient", RelatedDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    search_fields = ("recipient_name", "endpoint_name", "outcome", "=key")
    show_full_result_count = False
    inlines = (AttemptInline,)
    actions = ("send_again",)
    actions_detail = ("send_again_one",)
    fields = (
        ("recipient_name", "endpoint_name"),
        ("state_shown", "reason"),
        ("severity", "total"),
        ("created_at", "sent_at"),
        "attempts",
        "outcome",
        "key",
        "says",
    )
    readonly_fields = ("state_shown", "says", "key")

    @admin.action(description="Send again", permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Put the chosen dead letters into their queues again."""
        count = resending.resend(queryset, timezone.now())
        messages.success(request, f"{count} messages will be sent again.")

    def has_send_again_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may change deliveries, which nobody edits by hand."""
        return bool(request.user.has_perm("recipients.change_delivery"))

    @posted_action("Send again", icon="replay", permissions=["send_again"])
    def send_again_one(self, request: HttpRequest, object_id: Any) -> HttpResponseRedirect:
        """Put one dead letter into its queue again."""
        count = resending.resend(Delivery.objects.filter(pk=object_id), timezone.now())
        told = "It will be sent again." if count else "Only a dead letter can be sent again."
        messages.add_message(request, messages.SUCCESS if count else messages.INFO, told)
        return HttpResponseRedirect(reverse("admin:recipients_delivery_change", args=[object_id]))

    @display(description="Made", ordering="created_at")  # type: ignore[untyped-decorator]
    def made(self, delivery: Delivery) -> str:
        """Return when."""
        return units.moment(delivery.created_at)

    @display(description="What")  # type: ignore[untyped-decorator]
    def what(self, delivery: Delivery) -> str:
        """Return what it tells of."""
        items = delivery.content.get("items") or [{}]
        first = f"{items[0].get('title', '')}: {items[0].get('entity', '')}"
        more = f" and {delivery.total - 1} more" if delivery.total > 1 else ""
        prefix = f"{delivery.get_reason_display()}: " if delivery.reason != "news" else ""
        return f"{prefix}{first}{more}"

    @display(  # type: ignore[untyped-decorator]
        description="State",
        ordering="state",
        label={"sent": "success", "waiting": "info", "dead": "danger", "cancelled": "warning"},
    )
    def state_shown(self, delivery: Delivery) -> str:
        """Return where it stands."""
        return delivery.state

    @display(description="Answer")  # type: ignore[untyped-decorator]
    def outcome_shown(self, delivery: Delivery) -> str:
        """Return the beginning of the last answer."""
        return delivery.outcome[:120]

    @display(description="Says")  # type: ignore[untyped-decorator]
    def says(self, delivery: Delivery) -> SafeString:
        """Return its alerts."""
        items = delivery.content.get("items", [])
        said = {"items": items, "more": delivery.total - len(items)}
        return render_to_string("recipients/_says.html", said)
