"""User rules and limits on traffic in the admin."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminCheckboxSelectMultiple

from capture_agent.schema import EVENT
from checks.admin.authored import AuthoredAdmin
from checks.admin.fields import choose
from checks.language.columns import columns_of
from checks.language.functions import FUNCTIONS
from checks.models import Mode, ThresholdRule, UserRule
from checks.models.rule import FRAMES
from checks.settings_store import forget_runner
from monitoring.admin.posting import posted_action
from monitoring.templatetags import units

_PARTIES: Final = [
    ("", "Nobody"), ("client", "The client (of a flow)"), ("server", "The server (of a flow)"),
    ("host", "The host (of a host's row)"),
]  # fmt: skip
#: Fields that are chosen from: the choices, and what is said of them.
_CHOSEN: Final = {
    "attacker": (_PARTIES, "Who does it."),
    "victim": (_PARTIES, "Who suffers it."),
    "frame": (
        [
            ("flow", "Flows"), ("host", "Hosts, every 5 seconds"),
            ("interface", "Interfaces, every 5 seconds"),
            ("application", "Applications of an interface"), ("l2", "A segment: ARP and DHCP"),
        ],
        "What the condition is put to; its columns stand below.",
    ),
}  # fmt: skip


@admin.register(UserRule)
class UserRuleAdmin(AuthoredAdmin):
    """Rules: tried in shadow or on stored flows first, then switched on."""

    when_empty = (
        "A rule is a condition over flows, hosts or interfaces that makes an alert of your "
        "own. It can be tried on stored flows before it is switched on."
    )
    list_display = ("title", "mode", "frame", "said", "score", "category", "state")
    list_filter = ("mode", "frame", "category")
    search_fields = ("title", "key", "condition", "description")
    actions = ("enable", "to_shadow", "disable")
    actions_detail = ("back_test", "promote")
    readonly_fields = ("language", "key")
    fieldsets = (
        (None, {"fields": (("title", "mode"), "description")}),
        ("What it picks", {"fields": (("frame", "events"), "condition", "language")}),
        ("What it says", {"fields": ("message", ("score", "category", "attack"))}),
        ("Its alerts", {"fields": (("identity", "cooldown"), ("attacker", "victim"), "key")}),
    )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the events as boxes, and whom a finding is about as a choice."""
        if db_field.name == "events":
            return forms.MultipleChoiceField(
                choices=[(event, event) for event in EVENT.categories],
                required=False,
                help_text=db_field.help_text,
                widget=UnfoldAdminCheckboxSelectMultiple,
            )
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if (chosen := _CHOSEN.get(db_field.name)) is not None:
            choose(field, *chosen)
        return field

    @admin.display(description="Condition")
    def said(self, rule: UserRule) -> str:
        """Return the condition, cut."""
        return rule.condition if len(rule.condition) < 80 else f"{rule.condition[:79]}…"

    def running(self, obj: UserRule) -> str:
        """Return the mode in words."""
        return {"enabled": "on", "shadow": "in shadow"}.get(obj.mode, "off")

    @admin.display(description="The language")
    def language(self, rule: UserRule) -> SafeString:
        """Return the columns of each frame, and the functions."""
        calls = format_html_join(
            "", "<li><code>{}</code> {}</li>", ((f.usage, f.about) for f in FUNCTIONS.values())
        )
        frames = format_html_join(
            "",
            "<details><summary>Columns of the {} frame</summary><p>{}</p></details>",
            ((frame, _columns(frame)) for frame in FRAMES),
        )
        hint = (
            "SQL's WHERE: AND, OR, NOT, = <> < >, IN, BETWEEN, LIKE, IS NULL, + - * /."
            " Dividing by 0 is NULL; text comparison is case-sensitive, ILIKE is not."
            " TLS 1.3 hides the certificate: its columns are NULL there."
        )
        body = "<div class='ck-language'><p>{}</p><ul>{}</ul>{}</div>"
        return format_html(body, hint, calls, frames)

    @admin.action(description="Switch on")
    def enable(self, request: HttpRequest, rules: QuerySet[UserRule]) -> None:
        """Switch the chosen rules on."""
        self._set(request, rules, Mode.ENABLED)

    @admin.action(description="Put in shadow")
    def to_shadow(self, request: HttpRequest, rules: QuerySet[UserRule]) -> None:
        """Let the chosen rules be evaluated and shown, and told to nobody."""
        self._set(request, rules, Mode.SHADOW)

    @admin.action(description="Switch off")
    def disable(self, request: HttpRequest, rules: QuerySet[UserRule]) -> None:
        """Switch the chosen rules off."""
        self._set(request, rules, Mode.DISABLED)

    def _set(self, request: HttpRequest, rules: QuerySet[UserRule], mode: Mode) -> None:
        for rule in rules:
            rule.mode = mode
            rule.keep(by=request.user)
        forget_runner()
        messages.success(request, f"{len(rules)} changed; in force within seconds.")

    @action(description="Back-test", url_path="back-test", permissions=["change"])  # type: ignore[untyped-decorator]
    def back_test(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Lead to the back-test of the rule as it is saved."""
        rule = UserRule.objects.get(pk=object_id)
        return redirect(f"{reverse('back-test-new')}?check={rule.key}")

    @posted_action("Switch on", url_path="promote", permissions=["change"])
    def promote(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Switch a rule on that was in shadow."""
        self._set(request, UserRule.objects.filter(pk=object_id), Mode.ENABLED)
        return redirect("admin:checks_userrule_change", object_id)


def _columns(frame: str) -> str:
    return ", ".join(f"{c.name} ({c.kind})" for c in columns_of(frame).values())


@admin.register(ThresholdRule)
class ThresholdRuleAdmin(AuthoredAdmin):
    """Limits on sums of traffic."""

    when_empty = (
        "A limit on traffic watches what a host, an interface or an application moves, and "
        "alerts when it is more or less than usual or than a number."
    )
    list_display = ("title", "limit", "score", "state")
    list_filter = ("subject", "is_enabled")
    search_fields = ("title", "target")
    fieldsets = (
        (None, {"fields": (("title", "is_enabled"), "description")}),
        ("Whose", {"fields": (("subject", "target"),)}),
        (
            "Limit",
            {"fields": (("metric", "direction"), ("operator", "threshold"), ("period", "score"))},
        ),
    )

    @admin.display(description="Limit")
    def limit(self, rule: ThresholdRule) -> str:
        """Return the limit in words."""
        shown: Any = rule
        relation = "over" if rule.operator == ">" else "under"
        whose = f"{rule.subject} {rule.target}" if rule.target else f"each {rule.subject}"
        way = "" if rule.direction == "both" else f" {rule.direction}"
        amount = _amount(rule.metric, rule.threshold, shown.get_metric_display())
        return f"{whose}: {relation} {amount}{way} in {shown.get_period_display()}"


def _amount(metric: str, value: float, noun: str) -> str:
    """Return "1.5 GB", "20.0 Mbit/s" or "3,000 packets"."""
    read = {"bytes": units.bytes_text, "bits_per_second": units.bits_per_second}.get(metric)
    return read(value) if read else f"{value:,.15g} {noun}"
