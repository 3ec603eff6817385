"""What the OpenAPI document says of every call, beside what its view says."""

from __future__ import annotations

from typing import Any, Final

_PREFIX: Final = "/api/v1/"
_METHODS: Final = ("get", "post", "put", "patch", "delete")
#: Which errors a call may be answered with; GET has no body that could be refused.
_ALWAYS: Final = {
    "401": "No token and no session, or one that does not do.",
    "403": "The user may not, or the token may not.",
    "406": "The answer is not to be had in an accepted media type.",
    "422": "The database takes too long over it: ask for less.",
    "429": "Too many calls in this minute; see Retry-After.",
    "500": "A bug; `instance` names the line of the server's log.",
    "503": "The database does not answer; see Retry-After.",
}
_OF_BODIES: Final = {"413": "The body is too large.", "415": "Bodies are JSON."}
_INVALID: Final = {"400": "A parameter or a field is wrong; `errors` names each."}
_NOT_THERE: Final = {"404": "There is no such object."}


def of_this_api(endpoints: Any) -> Any:
    """Leave out what is not below /api/v1/: ntopng's API has a document of its own."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(_PREFIX)]


def describe_problems(result: Any, generator: Any, request: Any, public: Any) -> Any:
    """Add the errors that every call shares (a hook of drf-spectacular)."""
    result["components"]["schemas"] |= _PROBLEM
    for path, calls in result["paths"].items():
        for method in _METHODS:
            if method in calls:
                errors = _ALWAYS | _INVALID | (_NOT_THERE if "{" in path else {})
                errors |= {} if method in ("get", "delete") else _OF_BODIES
                calls[method]["responses"] |= {s: _answer(said) for s, said in errors.items()}
    return result


def _answer(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


_TEXT: Final = {"type": "string"}
_PROBLEM: Final[dict[str, Any]] = {
    "Problem": {
        "type": "object",
        "description": "An error after RFC 9457.",
        "properties": {
            "type": {**_TEXT, "description": "Always `about:blank`: the status says which."},
            "title": {**_TEXT, "description": "The status in words."},
            "status": {"type": "integer"},
            "detail": {**_TEXT, "description": "What is wrong here, in a sentence."},
            "instance": {**_TEXT, "description": "Of a 500: what its line in the log is found by."},
            "errors": {
                "type": "array",
                "description": "Of a 400: each reason.",
                "items": {"$ref": "#/components/schemas/Reason"},
            },
        },
        "required": ["type", "title", "status", "detail"],
    },
    "Reason": {
        "type": "object",
        "properties": {
            "field": {**_TEXT, "description": "As `parameters.threshold`; empty for all."},
            "reason": _TEXT,
        },
        "required": ["field", "reason"],
    },
}
