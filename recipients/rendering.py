"""Words of a message: the usual ones, or an operator's template in Jinja2's sandbox.

A template sees ``items`` (fields of :class:`recipients.message.Item`), ``total``, ``more`` (how
many are not among the items), ``severity``, ``reason`` and ``counts`` (alerts by check's title). It
can call nothing, and its loops and texts are bounded: it runs where deliveries are sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from recipients.message import Item, Message, shorten

MOST_TEXT: Final = 100_000
_DEEPEST: Final = 2
_SUBJECT: Final = 200
#: Filters that make no more of a text than was there.
_FILTERS: Final = (
    *("upper", "lower", "title", "capitalize", "trim", "default", "d", "length", "count", "first"),
    *("last", "truncate", "int", "round", "escape", "e", "tojson", "sort", "unique", "list"),
    *("string", "urlencode", "selectattr", "rejectattr", "map", "dictsort", "sum", "max", "min"),
)


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["**", "*", "%"])

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        are_numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "**" or not are_numbers:
            raise SecurityError(f"{operator} is for numbers alone, and ** not allowed")
        return super().call_binop(context, operator, left, right)


def _sandbox() -> _Sandbox:
    made = _Sandbox(autoescape=False, undefined=StrictUndefined, trim_blocks=True)
    made.lstrip_blocks = True
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in _FILTERS}
    made.filters["clock"] = _clock
    return made


def _clock(text: str, zone: str = "UTC") -> str:
    """Return an ISO time as “2026-11-24 14:02:11 CET”."""
    at = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    return at.strftime("%Y-%m-%d %H:%M:%S %Z")


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    """Return the template; raises TemplateError for what is wrong or too deep."""
    sandbox = _sandbox()
    tree = sandbox.parse(source)
    if any(tree.find_all((nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import))):
        raise SecurityError("macros, includes and imports are not allowed here")
    if _depth(tree) > _DEEPEST:
        raise SecurityError(f"loops stand at most {_DEEPEST} deep")
    return sandbox.from_string(source)


def _depth(node: nodes.Node) -> int:
    inner = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return inner + isinstance(node, nodes.For)


def fill(source: str, context: Mapping[str, Any]) -> str:
    """Return the template's text; raises ValueError saying what is wrong with it."""
    try:
        parts, size = [], 0
        for part in _compiled(source).generate(**context):
            size += len(part)
            if size > MOST_TEXT:
                raise SecurityError(f"makes more than {MOST_TEXT} characters")
            parts.append(part)
    except (TemplateError, ArithmeticError, TypeError, KeyError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}: " if line else ""
        raise ValueError(f"{where}{error}") from error
    return "".join(parts)


def context_of(items: Sequence[Item], total: int, severity: str, reason: str) -> dict[str, Any]:
    """Return what a template sees."""
    return {
        "items": [item.as_json() for item in items],
        "total": total,
        "more": total - len(items),
        "severity": severity,
        "reason": reason,
        "counts": dict(Counter(item.title for item in items)),
    }


_SUBJECT_TEMPLATE: Final = """
{%- if total == 1 %}{% if items[0].kind == "released" %}Over: {% elif reason == "repeat" %}Still: \
{% endif %}{{ items[0].title }}: {{ items[0].entity }} ({{ items[0].severity }})
{%- else %}{{ total }} alerts, highest {{ severity }}{% if reason == "repeat" %}, still engaged\
{% elif reason == "overflow" %}, over the rate cap{% endif %}{% endif %}"""

_BODY_TEMPLATE: Final = """
{%- for item in items %}
{{ item.kind | upper }} · {{ item.severity }} {{ item.score }} · {{ item.title }}
{{ item.message }}
{{ item.entity }}{% if item.interface %} on {{ item.interface }}{% endif %}, \
{{ item.count }}× since {{ item.first_seen | clock(zone) }}
{% if item.url %}
{{ item.url }}
{% endif %}

{% endfor %}
{% if more > 0 %}
… and {{ more }} more.
{% endif %}
"""


def write(
    items: Sequence[Item],
    *,
    key: str,
    reason: str,
    total: int,
    severity: str,
    created_at: str,
    subject: str = "",
    body: str = "",
    zone: str = "UTC",
) -> Message:
    """Return the message; ``subject`` and ``body`` are templates, empty for the usual words.

    Raises ValueError naming the template that is wrong.
    """
    context = context_of(items, total, severity, reason) | {"zone": zone}
    title = " ".join(_filled("subject", subject or _SUBJECT_TEMPLATE, context).split())
    text = _filled("body", body or _BODY_TEMPLATE, context).strip()
    return Message(
        key=key,
        reason=reason,
        subject=shorten(title, _SUBJECT),
        text=text,
        severity=severity,
        items=tuple(items),
        total=total,
        created_at=created_at,
    )


def _filled(name: str, source: str, context: Mapping[str, Any]) -> str:
    try:
        return fill(source, context)
    except ValueError as error:
        raise ValueError(f"the template of the {name}: {error}") from error


def sample_item(**how: Any) -> Item:
    """Return an alert to try templates and endpoints with; its addresses are RFC 5737's."""
    said: dict[str, Any] = {
        "kind": "engaged",
        "at": "2026-11-24T12:00:00+00:00",
        "alert": 0,
        "fingerprint": "0" * 32,
        "check": "test",
        "title": "Test of ntopweb",
        "severity": "notice",
        "score": 10,
        "category": "other",
        "family": "system",
        "entity": "192.0.2.10",
        "interface": "",
        "client": "192.0.2.10",
        "server": "",
        "attacker": "",
        "victim": "",
        "vlan": 0,
        "message": "This is a test: nothing is wrong.",
        "count": 1,
        "first_seen": "2026-11-24T12:00:00+00:00",
        "last_seen": "2026-11-24T12:00:00+00:00",
    }
    return Item(**{**said, **how})


def validate_template(source: str) -> None:
    """Refuse a template that fails on a sample, as a validator of forms and REST."""
    items = [sample_item(), sample_item(kind="released", entity="2001:db8::10")]
    try:
        fill(source, context_of(items, 3, "error", "news") | {"zone": "UTC"})
    except ValueError as error:
        raise ValidationError(str(error)) from error
