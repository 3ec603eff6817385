"""Start everything in order, keep it running, and stop it in order."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ntopweb.up import preflight, programs
from ntopweb.up.console import Console
from ntopweb.up.data import DataFolder, write_json
from ntopweb.up.fault import Fault
from ntopweb.up.given_servers import is_given
from ntopweb.up.greeting import greet
from ntopweb.up.keeper import Keeper, State, stop_leftovers
from ntopweb.up.options import Options
from ntopweb.up.postgres import Postgres
from ntopweb.up.program import Program
from ntopweb.up.sources import Sources
from ntopweb.up.valkey import Valkey

#: Seconds that a server may take to answer, recovery after a crash included.
_SERVER_START = 120.0

#: What stops first, beside the agents.
_FIRST = ("web", "worker", "scripts", "deliveries", "beat")

#: Seconds between two reports to ``/healthz``.
_REPORT = 2.0


class Supervisor:
    """One run of ``up``: the servers, the platform's processes and this machine's agents."""

    def __init__(self, options: Options, root: Path, data: DataFolder, console: Console) -> None:
        self.options = options
        self.root = root
        self.data = data
        self.console = console
        self.keepers: list[Keeper] = []
        self.environment: dict[str, str] = {}
        self._stop = asyncio.Event()
        self._can_report = True

    async def run(self) -> int:
        """Run until a signal, or until the captures are done; return the exit code."""
        self._listen_to_signals()
        reporting = asyncio.create_task(self._report_regularly())
        work = asyncio.create_task(self._work())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([work, stopped], return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else 0
        finally:
            for task in (work, stopped, reporting):
                task.cancel()
            await self._stop_all()

    async def _work(self) -> int:
        await stop_leftovers(self.data.run, self.console.say)
        preflight.check(self.options)
        self.console.say("up", "starting the servers")
        await self._start_servers()
        sources = Sources(self)
        self.console.say("up", "bringing the database and the static files up to date")
        await sources.prepare()
        self.console.say("up", "starting web, ingest, the workers, beat, lifecycle and agents")
        for program in programs.platform(self.options):
            self.keep(program)
        sources.start()
        greeting = asyncio.create_task(greet(self))  # beside: a bad capture is never green
        try:
            return await sources.ended()
        finally:
            greeting.cancel()

    def keep(self, program: Program) -> Keeper:
        """Start a program and keep it running."""
        keeper = Keeper(program, self.root, self.data.run, self.console.say)
        keeper.changed = self.report
        self.keepers.append(keeper)
        keeper.start()
        return keeper

    async def run_command(self, name: str, argv: list[str]) -> None:
        """Run a command of the platform to its end; raise Fault when it fails."""
        codes = frozenset(range(1, 256))
        program = Program(name, argv, ends=frozenset({0}), gives_up=codes)
        keeper = self.keep(program)
        state = await keeper.ended()
        self.keepers.remove(keeper)
        if state is not State.DONE:
            raise Fault(f"{name} {keeper.reason}: see its lines above")

    async def _start_servers(self) -> None:
        """Start what the environment does not name, and leave the addresses for everybody."""
        sockets, urls = self.data.socket_folder(), {}
        if not is_given("REDIS_URL"):
            valkey = Valkey(self.data.valkey, sockets)
            await self._start_server(valkey.program(), valkey.is_ready)
            urls["REDIS_URL"] = valkey.url
        if not is_given("DATABASE_URL"):
            postgres = Postgres(self.data.postgres, sockets, self.data.secret("postgres"))
            postgres.make()
            await self._start_server(postgres.program(), postgres.is_ready)
            postgres.make_database()
            urls["DATABASE_URL"] = postgres.url
        self.environment = programs.environment(self.data, self.options, urls)
        os.environ.update(self.environment)
        self.data.write_environment(self.environment)

    async def _start_server(self, program: Program, is_ready: Callable[[], bool]) -> None:
        keeper = self.keep(program)
        until = time.monotonic() + _SERVER_START
        while not is_ready():
            if keeper.restarts > 2 or time.monotonic() > until:
                raise Fault(f"{program.name} does not start: see its lines above")
            await asyncio.sleep(0.05)

    def report(self) -> None:
        """Write the state of all programs for ``/healthz`` and ``doctor``."""
        found = {keeper.program.name: keeper.report() for keeper in self.keepers}
        about = {"pid": os.getpid(), "time": time.time(), "url": self.options.url}
        try:
            write_json(self.data.state_file, {**about, "programs": found})
        except OSError as error:  # most likely a full disk: all goes on, and reports follow
            if self._can_report:
                file, reason = self.data.state_file, error.strerror
                self.console.say("up", f"cannot write {file} ({reason}): make room")
            self._can_report = False
        else:
            self._can_report = True

    async def _report_regularly(self) -> None:
        while True:
            self.report()
            await asyncio.sleep(_REPORT)

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if not self._stop.is_set():
            self.console.say("up", "stopping")
        self._stop.set()

    async def _stop_all(self) -> None:
        """Stop in the order of the traffic: agents flush into ingest, the servers go last."""
        order: list[Callable[[str], bool]] = [
            lambda name: name.startswith("agent") or name in _FIRST,
            lambda name: name not in ("postgres", "valkey"),
            lambda name: True,
        ]
        for belongs in order:
            group = [keeper for keeper in self.keepers if belongs(keeper.program.name)]
            self.keepers = [keeper for keeper in self.keepers if keeper not in group]
            await asyncio.gather(*(keeper.stop() for keeper in group))
        self.data.state_file.unlink(missing_ok=True)
