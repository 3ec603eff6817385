"""The checks under which scripts alert. Source: ntopng's two of these keys.

Each is a switch for all scripts of its kind. What is picked, with what score and words, the scripts
say; each script is an alert of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, Check, Family


@dataclass(frozen=True)
class OfScripts(Check):
    """A script of this kind picked it."""

    frame = "script"
    category = Category.OTHER
    score = 100
    needs = "a script"
    advice = "Change the script or its parameters; its page shows what it picked and what it cost."

    def when(self) -> pl.Expr:
        """Look at what a script said something of."""
        return pl.col("message") != ""

    def message(self) -> pl.Expr:
        """Return the script's name and its words."""
        return pl.format("{}: {}", "name", "message")

    def identity(self) -> pl.Expr:
        """Return the script."""
        return pl.col("name")


@dataclass(frozen=True)
class CustomLuaScript(OfScripts):
    """Fires on the flows that an enabled Lua script alerts on. Off, no script of flows runs."""

    key = "custom_lua_script"
    title = "Flow User Check Script"
    family = Family.FLOW


@dataclass(frozen=True)
class CustomHostLuaScript(OfScripts):
    """Fires on the hosts that an enabled Lua script alerts on. Off, no script of hosts runs."""

    key = "custom_host_lua_script"
    title = "Host User Check Script"
    family = Family.HOST


CHECKS = (CustomLuaScript, CustomHostLuaScript)
