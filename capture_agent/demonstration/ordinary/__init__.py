"""What the machines do all day. Each part takes a scene and fills its whole length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from capture_agent.demonstration.ordinary import devices, network, people, servers
from capture_agent.demonstration.scene import Scene

PARTS: Final[tuple[Callable[[Scene], None], ...]] = (
    people.browse,
    people.watch,
    people.meet,
    people.share_files,
    people.write_mail,
    people.work_remotely,
    people.print_pages,
    servers.resolve,
    servers.serve_web,
    servers.query_database,
    servers.relay_mail,
    servers.monitor,
    servers.health,
    devices.report,
    devices.control,
    devices.film,
    devices.call,
    devices.update,
    network.lease,
    network.tell_time,
    network.announce,
    network.find_neighbours,
    network.ping,
)
