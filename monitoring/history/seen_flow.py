"""A flow as pages and the REST API show it, made of a row of ``flow`` or ``flow_live``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from capture_agent.schema import CONNECTION_STATE, TUNNEL
from monitoring.community_id import community_id
from monitoring.ingest.store import BREEDS, CONFIDENCES
from monitoring.protocols import l4_name, mac_text, tcp_flag_names
from monitoring.risks import risk_names

#: Names that come from other tables: how they are called here, and their path from the row.
COLUMNS: Final = {
    "interface_name": "interface__name",
    "application_name": "application__name",
    "category_name": "category__name",
}
DIRECTIONS: Final = ("local", "local_to_remote", "remote_to_local", "remote")
_TCP, _UDP, _SCTP = 6, 17, 132


@dataclass(frozen=True)
class SeenFlow:
    """One flow. ``row`` has the stored columns, ``detail`` what nDPI and the meter said beside."""

    row: dict[str, Any]
    detail: dict[str, Any]
    state: str  # active, ended, or lost: its agent does not tell of it any more

    @classmethod
    def of(
        cls,
        row: dict[str, Any],
        detail: dict[str, Any] | None,
        now: datetime,
        lost_after: timedelta,
    ) -> SeenFlow:
        """Return the flow of a row; a live row has its own ``detail``."""
        is_live = "detail" in row
        is_lost = is_live and row["time"] < now - lost_after
        return cls(row, detail or {}, "lost" if is_lost else "active" if is_live else "ended")

    def __getattr__(self, name: str) -> Any:
        """Return a stored column."""
        try:
            return self.__dict__["row"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def id(self) -> int:
        """The number that names the flow over all agents."""
        return int(self.row["flow_id"])

    @property
    def last_seen(self) -> datetime:
        """Time of the last packet that was told of."""
        time: datetime = self.row["time"]
        return time

    @property
    def duration(self) -> float:
        """Seconds from the first packet to the last."""
        return float((self.last_seen - self.row["first_seen"]).total_seconds())

    @property
    def bits_per_second(self) -> float:
        """The rate over the last interval of an active flow, over all its life of an ended one."""
        if self.state == "active":
            seconds = (self.last_seen - self.row["interval_start"]).total_seconds()
            moved = self.row["bytes_to_server_delta"] + self.row["bytes_to_client_delta"]
        else:
            seconds, moved = self.duration, self.row["bytes"]
        return float(8 * moved / max(seconds, 1.0))

    @property
    def l4_name(self) -> str:
        """Name of the IP protocol."""
        return l4_name(self.row["l4"])

    @property
    def has_ports(self) -> bool:
        """Whether the protocol has ports."""
        return self.row["l4"] in (_TCP, _UDP, _SCTP)

    @property
    def is_tcp(self) -> bool:
        """Whether the TCP columns mean anything."""
        return bool(self.row["l4"] == _TCP)

    @property
    def risks(self) -> list[str]:
        """Names of nDPI's risks."""
        return risk_names(self.row["risk"])

    @property
    def breed(self) -> str:
        """How good nDPI thinks that the application is; "" when it does not say."""
        return BREEDS[self.row["breed"]]

    @property
    def confidence(self) -> str:
        """How nDPI knows the application; "" when it does not say."""
        return CONFIDENCES[self.row["confidence"]]

    @property
    def direction(self) -> str:
        """Which ends are local."""
        return DIRECTIONS[self.row["direction"]]

    @property
    def client_is_local(self) -> bool:
        """Whether the client is in a local network."""
        return self.direction in ("local", "local_to_remote")

    @property
    def server_is_local(self) -> bool:
        """Whether the server is in a local network."""
        return self.direction in ("local", "remote_to_local")

    @property
    def tunnel(self) -> str:
        """What the packets were wrapped in; "" for nothing."""
        return str(TUNNEL.categories[self.row["tunnel"]])

    @property
    def connection_state(self) -> str:
        """Zeek's conn_state; "" for what is not TCP."""
        return str(CONNECTION_STATE.categories[self.row["connection_state"]])

    @property
    def flags_to_server(self) -> list[str]:
        """TCP flags that the client sent."""
        return tcp_flag_names(self.row["tcp_flags_to_server"])

    @property
    def flags_to_client(self) -> list[str]:
        """TCP flags that the server sent."""
        return tcp_flag_names(self.row["tcp_flags_to_client"])

    @property
    def client_mac_text(self) -> str:
        """The client's MAC address; "" when unknown."""
        return mac_text(self.row["client_mac"])

    @property
    def server_mac_text(self) -> str:
        """The server's MAC address; "" when unknown."""
        return mac_text(self.row["server_mac"])

    @property
    def info(self) -> str:
        """What the flow was about in a few words: the URL, the name asked, the server's name."""
        return str(
            self.detail.get("http_url")
            or self.detail.get("dns_query")
            or self.detail.get("server_name")
            or ""
        )

    @property
    def community_id(self) -> str | None:
        """The flow's Community ID; None where its numbers were not seen (ICMP's type and code)."""
        ports = self.row["client_port"], self.row["server_port"]
        if self.l4_name.startswith("ICMP") and ports == (0, 0):
            return None
        return community_id(self.row["client"], self.row["server"], *ports, self.row["l4"])
