"""Fields of the admin's forms: checks by their titles, texts of a few lines, words with a sense."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from unfold.widgets import UnfoldAdminSelectWidget

from checks.base import Check
from checks.names import own_rules
from checks.registry import discover

#: Lines of a text's field.
_LINES: Final = 3


class Choose(UnfoldAdminSelectWidget):  # type: ignore[misc]
    """A choice that keeps a value which it does not know: the model judges it."""

    choices: Any

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        """Return the options, the present value among them."""
        offered: list[tuple[str, str]] = list(self.choices)
        known = {key for key, _ in offered}
        self.choices = [*offered, *((one, one) for one in value if one not in known)]
        return super().optgroups(name, value, attrs)


def choose(field: Any, choices: Iterable[tuple[str, str]], help_text: str = "") -> None:
    """Let a field of text be chosen from."""
    field.widget = Choose(choices=list(choices))
    field.help_text = help_text


def few_lines(field: Any) -> None:
    """Give a field of text no more lines than it needs."""
    field.widget.attrs["rows"] = _LINES


def checks_by_title(*, own: bool) -> list[tuple[str, str]]:
    """Return (key, title) of the checks, the operator's rules among them where ``own``."""
    kinds: Mapping[str, type[Check]] = {**discover(), **(own_rules() if own else {})}
    titles = [(key, f"{kind.title} ({key})") for key, kind in kinds.items()]
    return sorted(titles, key=lambda each: each[1].lower())
