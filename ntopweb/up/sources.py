"""What is watched on this machine: which agents run, and when their captures are done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ntopweb.up import programs
from ntopweb.up.data import read_json
from ntopweb.up.fault import Fault
from ntopweb.up.keeper import Keeper, State
from ntopweb.up.options import Options
from ntopweb.up.programs import AgentPlan

if TYPE_CHECKING:
    from ntopweb.up.supervisor import Supervisor


class Sources:
    """The agents of one run of ``up``."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.options: Options = supervisor.options
        self.running: list[Keeper] = []

    def _plans(self, *, with_demonstration: bool) -> list[AgentPlan]:
        return programs.agents(self.options, with_demonstration=with_demonstration)

    def _may_demonstrate(self) -> bool:
        return self.options.demo or not (self.options.pcaps or self.options.interfaces)

    async def prepare(self) -> None:
        """Bring the database up to date, with a token for each agent that may run."""
        supervisor, options = self.supervisor, self.options
        plans = self._plans(with_demonstration=self._may_demonstrate())
        arguments = ["--url", options.url, "--ingest-url", options.ingest_url]
        for plan in plans:
            arguments += ["--agent", plan.token]
        arguments += ["--demo"] if options.demo else []
        command = programs.manage(supervisor.root, "prepare", *arguments)
        await supervisor.run_command("prepare", command)

    def start(self) -> None:
        """Start the agents; the demonstration if asked for, or as long as there is nothing else."""
        prepared = read_json(self.supervisor.data.run / "prepared.json")
        is_demo = self.options.demo or (self._may_demonstrate() and prepared["is_fresh"])
        for plan in self._plans(with_demonstration=is_demo):
            if token := prepared["tokens"].get(plan.token):
                program = plan.program(self.supervisor.data, self.options, token)
                self.running.append(self.supervisor.keep(program))
            else:
                note = f"{plan.process} does not run: its agent is switched off in the admin"
                self.supervisor.console.say("up", note)

    async def ended(self) -> int:
        """Wait for ever; with --exit-when-done until all captures are stored and checked."""
        if not self.options.exit_when_done:
            await asyncio.Event().wait()
        captures = [keeper for keeper in self.running if keeper.program.name == "agent-pcap"]
        if not captures:
            raise Fault("the captures were not replayed: their agent is switched off in the admin")
        for keeper in captures:
            if await keeper.ended() is not State.DONE:
                raise Fault(f"{keeper.program.name} {keeper.reason}: see its lines above")
        root = self.supervisor.root
        await self.supervisor.run_command("settle", programs.manage(root, "settle"))
        self.supervisor.console.say("up", "all captures are replayed, stored and checked")
        return 0
