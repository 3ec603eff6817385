"""ntopng's envelope and its codes. Source: ntopng 6.3's REST documentation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple


class Code(NamedTuple):
    """A result: ntopng's number and name, a text for people, the HTTP status."""

    number: int
    name: str
    text: str
    status: int


OK: Final = Code(0, "OK", "Success", 200)
NOT_FOUND: Final = Code(-1, "NOT_FOUND", "Not found", 404)
NOT_ENABLED: Final = Code(-2, "NOT_ENABLED", "Not enabled", 400)
INVALID_INTERFACE: Final = Code(-2, "INVALID_INTERFACE", "Invalid interface", 400)
NOT_GRANTED: Final = Code(-3, "NOT_GRANTED", "Not granted", 401)
INVALID_HOST: Final = Code(-4, "INVALID_HOST", "Invalid host", 400)
INVALID_ARGUMENTS: Final = Code(-5, "INVALID_ARGUMENTS", "Invalid arguments", 400)
INTERNAL_ERROR: Final = Code(-6, "INTERNAL_ERROR", "Internal error", 500)
BAD_FORMAT: Final = Code(-7, "BAD_FORMAT", "Bad format", 400)
ADD_POOL_FAILED: Final = Code(-13, "ADD_POOL_FAILED", "The pool cannot be added", 409)
EDIT_POOL_FAILED: Final = Code(-14, "EDIT_POOL_FAILED", "The pool cannot be changed", 409)
DELETE_POOL_FAILED: Final = Code(-15, "DELETE_POOL_FAILED", "The pool cannot be deleted", 409)
POOL_NOT_FOUND: Final = Code(-16, "POOL_NOT_FOUND", "There is no such pool", 409)
BIND_FAILED: Final = Code(-17, "BIND_POOL_MEMBER_FAILED", "The member cannot be bound", 409)
ALREADY_BOUND: Final = Code(
    -18, "BIND_POOL_MEMBER_ALREADY_BOUND", "The member is in that pool already", 409
)
NO_SUCH_USER: Final = Code(-24, "USER_DOES_NOT_EXIST", "There is no such user", 409)

POOL_ADDED: Final = Code(0, "POOL_ADDED_SUCCESSFULLY", "The pool was added", 200)
POOL_EDITED: Final = Code(0, "POOL_EDITED_SUCCESSFULLY", "The pool was changed", 200)
POOL_DELETED: Final = Code(0, "POOL_DELETED_SUCCESSFULLY", "The pool was deleted", 200)
MEMBER_BOUND: Final = Code(
    0, "POOL_MEMBER_BOUND_SUCCESSFULLY", "The member is in the pool now", 200
)


class Refused(Exception):
    """What is asked for cannot be given; ``reason`` says why, where the code does not."""

    def __init__(self, code: Code, reason: str = "") -> None:
        super().__init__(reason or code.text)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What an endpoint says where ``rsp`` is not all: a code, keys beside ``rsp``."""

    rsp: Any
    code: Code = OK
    beside: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Text:
    """A body of its own, without the envelope."""

    body: str
    content_type: str


def envelope(code: Code, rsp: Any, reason: str = "", **beside: Any) -> dict[str, Any]:
    """Return the object that every answer is."""
    said = f"{code.text}: {reason}" if reason else code.text
    return {
        "rc": code.number,
        "rc_str": code.name,
        "rc_str_hr": said,
        "rsp": rsp,
        **beside,
    }
