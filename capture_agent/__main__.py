"""``python -m capture_agent``: see ``--help`` for the commands and the exit codes."""

from __future__ import annotations

import os
import sys
from typing import Final

#: Frames of some thousand rows gain nothing from polars' threads, which cost a core their waking.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

_TOKEN: Final = "NTOPWEB_AGENT_TOKEN"  # noqa: S105


def hide_token(arguments: list[str]) -> None:
    """Start this process anew with ``--token`` moved to the environment, out of ``ps``'s sight."""
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == "--token" and (equals or at + 1 < len(arguments)):
            rest = arguments[at + 1 :] if equals else arguments[at + 2 :]
            kept = [*sys.orig_argv[: -len(arguments)], *arguments[:at], *rest]
            token = value if equals else arguments[at + 1]
            os.execve(sys.executable, kept, {**os.environ, _TOKEN: token})


if __name__ == "__main__":
    hide_token(sys.argv[1:])
    from capture_agent.commands import main

    sys.exit(main(sys.argv[1:]))
