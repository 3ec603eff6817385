"""What one client does to one service within minutes: guesses at passwords, large uploads."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import Category, number
from checks.conditions import is_application, is_excluded
from checks.kinds import PairCheck
from checks.parameters import names

#: Their clients open short sessions by nature: there it takes more to be a guess.
_BUSY = (
    *("PostgreSQL", "MySQL", "MsSQL-TDS", "Oracle", "MongoDB", "Redis"),
    *("LDAP", "LDAPS", "Kerberos", "SMTP", "SMTPS"),
)
_LOGINS = ("SSH", "RDP", "FTP_CONTROL", "Telnet", "VNC", "SMBv1", "SMBv23")
_MAIL = ("IMAP", "IMAPS", "POP3", "POPS", "RTSP", "SIP")


@dataclass(frozen=True)
class BruteForce(PairCheck):
    """Fires when a client opens many short sessions of a service that asks for passwords.

    More than ``sessions`` in five minutes, each established, answered, and over within 20 seconds;
    more than ``busy_sessions`` of a service whose clients open many, as a database's.
    Whether a login fails does not show inside encryption; the number of sessions and their
    shortness do (R. Hofstede et al., "SSH Compromise Detection using NetFlow/IPFIX", CCR 2014).
    """

    key = "brute_force"
    title = "Brute Force"
    score = 100
    attack = "T1110"
    advice = "Monitoring systems that log in every few seconds: exclude them."

    sessions: float = number("Sessions", 15, unit="sessions", minimum=2, maximum=100_000)
    applications: tuple[str, ...] = names("Applications", (*_LOGINS, *_MAIL))
    busy_sessions: float = number(
        "Sessions of busy services", 150, unit="sessions", minimum=2, maximum=1_000_000
    )
    busy_applications: tuple[str, ...] = names("Busy services", _BUSY)

    def when(self) -> pl.Expr:
        """Compare with the service's limit."""
        lists = (
            (self.applications, self.sessions),
            (self.busy_applications, self.busy_sessions),
        )
        short = pl.col("short_flows")
        tests = [is_application(*names) & (short > limit) for names, limit in lists if names]
        return pl.any_horizontal(tests) if tests else short < 0

    def message(self) -> pl.Expr:
        """Name the service and how many."""
        text = "{} opened {} short {} sessions with {}:{} in five minutes"
        names_of = ("client", "short_flows", "application", "server", "server_port")
        return pl.format(text, *names_of)

    def values(self) -> dict[str, pl.Expr]:
        """Return the number and its limit."""
        is_usual = is_application(*self.applications) if self.applications else pl.lit(False)
        limit = pl.when(is_usual).then(self.sessions).otherwise(self.busy_sessions)
        return {"short_flows": pl.col("short_flows"), "sessions": limit}


@dataclass(frozen=True)
class LargeUpload(PairCheck):
    """Fires when a local client sends much more to a remote service than it gets back.

    More than ``bytes_out`` in five minutes, and ``ratio`` times what came back: browsing and
    downloads are the other way round, a copy of one's data is not. Volume and asymmetry as in
    M. Marchetti et al., "Analysis of high volumes of network traffic for Advanced Persistent
    Threat detection", Computer Networks 109 (2016).
    """

    key = "large_upload"
    title = "Large Upload"
    category = Category.SECURITY
    score = 100
    attack = "T1567"
    victim = "client"
    attacker = ""
    advice = "Backups, meetings and software that publishes: exclude them, or their categories."

    bytes_out: float = number("Bytes out", 50_000_000, unit="bytes", minimum=1_000, maximum=2**50)
    ratio: float = number("Ratio", 10, unit="times", minimum=1, maximum=1_000_000)
    excluded_categories: tuple[str, ...] = names(
        "Excluded categories", ("Cloud", "VoIP", "Video", "SoftwareUpdate")
    )
    excluded_applications: tuple[str, ...] = names("Excluded applications")

    def when(self) -> pl.Expr:
        """Look at what goes out."""
        is_out = pl.col("client_is_local") & ~pl.col("server_is_local")
        out, back = pl.col("bytes_to_server"), pl.col("bytes_to_client")
        excluded = is_excluded(self.excluded_applications, self.excluded_categories)
        return is_out & (out > self.bytes_out) & (out > back * self.ratio) & ~excluded

    def message(self) -> pl.Expr:
        """Name both amounts."""
        amounts = [pl.col(f"bytes_to_{side}") // 1_000_000 for side in ("server", "client")]
        text = "{} sent {} MB to {}:{} in five minutes and got {} MB"
        return pl.format(text, "client", amounts[0], "server", "server_port", amounts[1])

    def values(self) -> dict[str, pl.Expr]:
        """Return the amounts and the limits."""
        return {
            "bytes_to_server": pl.col("bytes_to_server"),
            "bytes_to_client": pl.col("bytes_to_client"),
            "bytes_limit": pl.lit(self.bytes_out),
            "ratio_limit": pl.lit(self.ratio),
        }


CHECKS = (BruteForce, LargeUpload)
