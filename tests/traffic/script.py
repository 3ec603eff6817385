"""The command line of an attack: its options are the parameters of its ``packets`` function."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from capture_agent.demonstration.capture import save
from capture_agent.demonstration.conversation import Packet

Make = Callable[..., list[Packet]]


def run(make: Make) -> None:
    """Read FILE and the options of the function from the command line, and write its packets."""
    parser = argparse.ArgumentParser(description=inspect.getdoc(make))
    parser.add_argument("path", type=Path)
    for name, parameter in inspect.signature(make).parameters.items():
        _add(parser, name, parameter.default)
    options = vars(parser.parse_args())
    path = options.pop("path")
    print(f"{save(path, make(**options)):,} packets, {path.stat().st_size:,} bytes: {path}")


def _add(parser: argparse.ArgumentParser, name: str, default: Any) -> None:
    flag = f"--{name.replace('_', '-')}"
    if isinstance(default, bool):
        action = argparse.BooleanOptionalAction
        parser.add_argument(flag, action=action, default=default)
    else:
        parser.add_argument(flag, type=type(default), default=default)
