"""The child processes of the platform and the agents of this machine, as programs to keep."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from ntopweb.up.data import DataFolder
from ntopweb.up.options import Options
from ntopweb.up.program import Program

_CELERY = (sys.executable, "-m", "celery", "-q", "-A", "ntopweb.celery")
#: Who is told: a worker of its own, so that a service that hangs delays nothing else, and threads,
#: since its work is waiting for services.
_DELIVERIES = (
    *("--queues=deliveries", "--pool=threads", "--concurrency=6"),
    "--hostname=deliveries@%h",
)
#: Lua scripts over what is stored: whatever else a worker does, alerts of scripts come in seconds.
_SCRIPTS = ("--queues=scripts", "--concurrency=2", "--hostname=scripts@%h")

DEMONSTRATION = "demonstration"
LOCAL = "local"

#: Exit codes of the agent for a capture that a restart cannot read or post any better: usage,
#: source, token, spool, rejected.
_CAPTURE_GIVES_UP = frozenset({2, 3, 4, 5, 6})

#: Restarts in quick succession after which a capture is taken for one that no agent survives.
_CAPTURE_TRIES = 8


def environment(data: DataFolder, options: Options, urls: dict[str, str]) -> dict[str, str]:
    """Return the variables of the platform's processes; what the operator has set stays."""
    ours = {
        "NTOPWEB_DATA": str(data.path),
        "NTOPWEB_SECRET_KEY": data.secret("key"),
        "NTOPWEB_STATIC": str(data.static),
        "NTOPWEB_HOSTS": ",".join(hosts(options)),
    }
    return {**ours, **urls, **{k: v for k, v in os.environ.items() if k in ours and v}}


def hosts(options: Options) -> list[str]:
    """Return the names by which browsers may ask for the pages.

    Bound to all addresses any name is good, since the address seen from outside is not known here;
    NTOPWEB_HOSTS narrows it.
    """
    local = ["localhost", "127.0.0.1", "[::1]"]
    if options.is_loopback:
        return local
    if options.bind in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return ["*"]
    name = f"[{options.bind}]" if ":" in options.bind else options.bind
    return [*local, name, socket.gethostname(), socket.getfqdn()]


def platform(options: Options) -> list[Program]:
    """Return the platform's processes, in the order in which they stop."""
    return [
        _server("ingest", options.bind, options.ingest_port),
        _server("web", options.bind, options.port),
        _worker("worker", "--concurrency=2"),
        _worker("scripts", *_SCRIPTS),
        _worker("deliveries", *_DELIVERIES),
        Program("beat", [*_CELERY, "beat", "--loglevel=WARNING"], _own("beat"), stop_seconds=3),
        Program("lifecycle", [sys.executable, "manage.py", "lifecycle"], _own("lifecycle")),
    ]


def _worker(name: str, *options: str) -> Program:
    """Return a worker of Celery."""
    as_root = {"PYTHONWARNINGS": "ignore:You're running the worker"}  # tasks come as JSON only
    quiet = ["--loglevel=WARNING", "--without-mingle", "--without-gossip"]
    argv = [*_CELERY, "worker", *options, *quiet]
    return Program(name, argv, _own(name) | as_root, stop_seconds=6)


def _own(role: str) -> dict[str, str]:
    return {"NTOPWEB_ROLE": role, "NTOPWEB_SUPERVISED": "1", "PYTHONUNBUFFERED": "1"}


def _server(role: str, bind: str, port: int) -> Program:
    uvicorn = [sys.executable, "-m", "uvicorn", "ntopweb.asgi:application"]
    where = ["--host", bind, "--port", str(port)]
    quiet = ["--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "3"]
    return Program(role, [*uvicorn, *where, *quiet], _own(role), stop_seconds=6)


@dataclass(frozen=True)
class AgentPlan:
    """An agent to run on this machine: the name of its token and of its process, its command."""

    token: str
    process: str
    command: list[str]
    ends: frozenset[int] = frozenset()
    gives_up: frozenset[int] = frozenset({2, 4})  # wrong usage, token refused
    tries: int | None = None

    def program(self, data: DataFolder, options: Options, token: str) -> Program:
        """Return it as a program that posts to this machine's ingest process."""
        spool = data.spool / self.process
        server = ["--url", options.ingest_url, "--name", self.token, "--spool", str(spool)]
        agent = [sys.executable, "-m", "capture_agent"]
        return Program(
            name=self.process,
            argv=[*agent, *self.command, *server],
            environment={
                "NTOPWEB_AGENT_TOKEN": token,
                "PYTHONUNBUFFERED": "1",
                "NTOPWEB_SUPERVISED": "1",
                # Where compiled code goes when the project's folder is another user's.
                "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(data.path / "cache"),
            },
            stop_seconds=10,
            ends=self.ends,
            gives_up=self.gives_up,
            tries=self.tries,
        )


def agents(options: Options, *, with_demonstration: bool) -> list[AgentPlan]:
    """Return the agents that the options ask for."""
    plans = [_live(name) for name in options.interfaces]
    if options.pcaps:
        plans.append(_replay(options))
    if with_demonstration:
        removed = frozenset({4})  # an operator has switched off its token: that is its end
        plans.append(AgentPlan(DEMONSTRATION, "agent-demo", ["demo"], ends=removed))
    return plans


def _live(interface: str) -> AgentPlan:
    return AgentPlan(f"{LOCAL}-{interface}", f"agent-{interface}", ["live", interface])


def _replay(options: Options) -> AgentPlan:
    """Return the agent of the captures; started again after a crash it goes on by itself."""
    command = ["pcap", *map(str, options.pcaps)]
    command += ["--speed", f"{options.speed:g}"] if options.speed else []
    command += ["--keep-time"] if options.keep_time else []
    return AgentPlan(
        token=LOCAL,
        process="agent-pcap",
        command=command,
        ends=frozenset({0}),
        gives_up=_CAPTURE_GIVES_UP,
        tries=_CAPTURE_TRIES,
    )


def manage(root: Path, *arguments: str) -> list[str]:
    """Return the command line of one of Django's commands."""
    return [sys.executable, str(root / "manage.py"), *arguments]
