"""From text to the typed tree: by sqlglot's syntax, then by :mod:`checks.language.reading`."""

from __future__ import annotations

from typing import Any, Final

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError
from sqlglot.parser import Parser

from checks.language.errors import ConditionError
from checks.language.reading import Reader
from checks.language.tree import Kind, Node

LONGEST: Final = 4_000
_MOST_NODES: Final = 600
_MOST_FACTORS: Final = 6


class _Parser(Parser):
    """Knows no function: all are looked up in :mod:`checks.language.functions`."""

    FUNCTIONS = {}
    FUNCTION_PARSERS = {}
    NO_PAREN_FUNCTIONS = {}
    NO_PAREN_FUNCTION_PARSERS = {}


class _Language(Dialect):
    Parser = _Parser


def parse(text: str, frame: str) -> Node:
    """Return the condition as a tree; raises ConditionError, KeyError for an unknown frame."""
    reader = Reader(frame)
    node = reader.read(_syntax(text))
    if node.kind is not Kind.YES_NO:
        raise ConditionError(f"is a {node.kind}, not a condition", node.start, node.end)
    _bound(node)
    return node


def _syntax(text: str) -> Any:
    """Return sqlglot's tree of the one expression that the text is."""
    if not text.strip():
        raise ConditionError("is empty")
    if len(text) > LONGEST:
        raise ConditionError(f"is longer than {LONGEST} characters")
    try:
        language = _Language()
        found = language.parser().parse_into(exp.Condition, language.tokenize(text), text)
    except ParseError as error:
        raise _pointed(error, text) from None
    except Exception:  # a foreign parser over a foreign text: whatever it stumbles over
        raise ConditionError("cannot be read; is a quote or a parenthesis missing?") from None
    if len(found) != 1 or found[0] is None:
        raise ConditionError("is not one condition")
    return found[0]


def _pointed(error: ParseError, text: str) -> ConditionError:
    """Return the parser's first complaint with its place."""
    first = error.errors[0] if error.errors else {}
    word, before = first.get("highlight") or "", first.get("start_context") or ""
    start = text.find(before + word) + len(before) if before + word in text else None
    if not word or start is None:
        return ConditionError("is no condition in SQL's WHERE syntax")
    end = start + len(word)
    if "missing" in str(first.get("description", "")):
        return ConditionError("something is missing after this word", start, end)
    return ConditionError("does not belong here", start, end)


def _bound(node: Node) -> None:
    """Refuse what is so large or deep that a translation may fail on it."""
    if sum(1 for _ in node.walk()) > _MOST_NODES:
        raise ConditionError(f"has more than {_MOST_NODES} parts")
    for part in node.walk():
        factors = sum(1 for each in part.walk() if each.op in ("mul", "div"))
        if part.kind is Kind.NUMBER and factors > _MOST_FACTORS:
            reason = f"more than {_MOST_FACTORS} multiplications and divisions"
            raise ConditionError(reason, part.start, part.end)
