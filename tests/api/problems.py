"""Problem details as tests read them."""

from __future__ import annotations

from typing import Any


def reasons(answer: Any) -> dict[str, list[str]]:
    """Return the reasons of a 400 by field; the answer must be a problem, whole and well-formed."""
    assert answer["Content-Type"] == "application/problem+json", answer
    said = answer.json()
    assert said["status"] == answer.status_code == 400, said
    assert said["type"] == "about:blank" and said["title"] and said["detail"]
    found: dict[str, list[str]] = {}
    for reason in said["errors"]:
        found.setdefault(reason["field"], []).append(reason["reason"])
    return found
