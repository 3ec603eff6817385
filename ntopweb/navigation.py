"""The one navigation, and the look of the shell."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

#: Groups of (title, icon, name of the URL, permission to see it).
_GROUPS: Final = {
    "Monitoring": (
        ("Dashboard", "monitoring", "admin:index", "monitoring.view_interface"),
        ("Alerts", "notifications_active", "alerts", "alerts.view_alert"),
        ("Flows", "sync_alt", "flows", "monitoring.view_flow"),
        ("Hosts", "devices", "hosts", "monitoring.view_host"),
        ("Countries", "public", "countries", "monitoring.view_interface"),
        ("Interfaces", "settings_ethernet", "interfaces", "monitoring.view_interface"),
        ("Reports", "summarize", "reports", "alerts.view_savedreport"),
    ),
    "Checks": (
        ("Behavioural checks", "rule", "checks", "checks.view_checksetting"),
        ("What was learned", "school", "learned", "checks.view_learned"),
        ("Rules", "rule_settings", "admin:checks_userrule_changelist", "checks.view_userrule"),
        (
            "Limits on traffic",
            "speed",
            "admin:checks_thresholdrule_changelist",
            "checks.view_thresholdrule",
        ),
        (
            "Exclusions",
            "notifications_off",
            "admin:checks_exclusion_changelist",
            "checks.view_exclusion",
        ),
        ("Back-tests", "history", "back-tests", "checks.view_backtest"),
        ("Noise report", "volume_up", "noise", "alerts.view_alert"),
        ("Lua scripts", "code", "scripts", "lua.view_script"),
        (
            "Blacklists",
            "block",
            "admin:monitoring_blacklistsource_changelist",
            "monitoring.view_blacklistsource",
        ),
    ),
    "Notifications": (
        (
            "Recipients",
            "contact_mail",
            "admin:recipients_recipient_changelist",
            "recipients.view_recipient",
        ),
        ("Endpoints", "send", "admin:recipients_endpoint_changelist", "recipients.view_endpoint"),
        (
            "Deliveries",
            "outgoing_mail",
            "admin:recipients_delivery_changelist",
            "recipients.view_delivery",
        ),
        (
            "Scheduled reports",
            "schedule_send",
            "admin:recipients_reportschedule_changelist",
            "recipients.view_reportschedule",
        ),
        (
            "Silences",
            "notifications_paused",
            "admin:recipients_silence_changelist",
            "recipients.view_silence",
        ),
        (
            "Maintenance windows",
            "event_repeat",
            "admin:recipients_maintenancewindow_changelist",
            "recipients.view_maintenancewindow",
        ),
        (
            "Inhibition",
            "filter_alt",
            "admin:recipients_inhibitionrule_changelist",
            "recipients.view_inhibitionrule",
        ),
    ),
    "Network": (
        (
            "Host pools",
            "workspaces",
            "admin:monitoring_hostpool_changelist",
            "monitoring.view_hostpool",
        ),
        (
            "Local networks",
            "home",
            "admin:monitoring_localnetwork_changelist",
            "monitoring.view_localnetwork",
        ),
    ),
    "System": (
        ("Agents", "sensors", "agents", "monitoring.view_agent"),
        ("Ledger", "receipt_long", "ledger", "monitoring.view_ledgerline"),
        ("Users", "group", "admin:auth_user_changelist", "auth.view_user"),
        ("API tokens", "key", "admin:monitoring_apitoken_changelist", "monitoring.view_apitoken"),
        (
            "Periodic tasks",
            "schedule",
            "admin:django_celery_beat_periodictask_changelist",
            "django_celery_beat.view_periodictask",
        ),
        ("API reference", "api", "api-docs", "monitoring.view_interface"),
    ),
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups with the pages that are there and that the user may see."""
    groups: list[dict[str, Any]] = []
    for number, (title, rows) in enumerate(_GROUPS.items()):
        items = [item for row in rows if (item := _item(request, *row))]
        groups.append({"title": title, "separator": number > 0, "items": items})
    _mark(request.path, [item for group in groups for item in group["items"]])
    return [group for group in groups if group["items"]]


def _mark(path: str, items: list[dict[str, Any]]) -> None:
    """Mark the page that ``path`` is of: the longest link that it begins with."""
    index = reverse("admin:index")
    fits = [
        item
        for item in items
        if path == item["link"] or (item["link"] != index and path.startswith(item["link"]))
    ]
    for item in sorted(fits, key=lambda item: len(item["link"]))[-1:]:
        item["active"] = True


def _item(
    request: HttpRequest, title: str, icon: str, name: str, permission: str
) -> dict[str, Any] | None:
    try:
        link = reverse(name)
    except NoReverseMatch:  # an app without that page
        return None
    if not request.user.has_perm(permission):
        return None
    return {"title": title, "icon": icon, "link": link, "active": False}


def _static(path: str) -> str:
    from django.templatetags.static import static

    return static(path)


#: The setting of that name.
UNFOLD: Final[dict[str, Any]] = {
    "SITE_TITLE": "ntopweb",
    "SITE_HEADER": "ntopweb",
    "SITE_SYMBOL": "lan",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: _static("ntopweb/icon.svg"),
        },
    ],
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "8px",
    "STYLES": [
        lambda request: _static("ntopweb/ntopweb.css"),
        lambda request: _static("ntopweb/parts.css"),
        lambda request: _static("ntopweb/alerts.css"),
        lambda request: _static("ntopweb/checks.css"),
        lambda request: _static("ntopweb/recipients.css"),
    ],
    "SCRIPTS": [
        lambda request: _static("ntopweb/viewer.js"),
        lambda request: _static("ntopweb/live.js"),
    ],
    "SIDEBAR": {"show_search": False, "navigation": sidebar},
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .014 230)",
            "100": "oklch(94% .03 232)",
            "200": "oklch(88.5% .06 233)",
            "300": "oklch(80% .1 234)",
            "400": "oklch(70.5% .14 236)",
            "500": "oklch(61.5% .155 240)",
            "600": "oklch(53% .155 245)",
            "700": "oklch(46.5% .14 247)",
            "800": "oklch(40% .115 248)",
            "900": "oklch(34.5% .09 249)",
            "950": "oklch(25% .065 250)",
        },
    },
}
