"""DNS queries whose name breaks the rules of names. Source: ntopng; RFC 1035, 2.3.4; T1568.003."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from checks.base import About, FlowCheck
from checks.conditions import is_application, is_below
from checks.parameters import names, number


@dataclass(frozen=True)
class InvalidDnsQuery(FlowCheck):
    """Fires on a name that is too long, has too many labels, a too long one, or odd characters.

    Lengths are RFC 1035's; the number of labels is far above that of names in use. Reverse
    look-ups of IPv6 have 34 labels and are left out.
    """

    title = "Invalid DNS Query"
    score = 10
    about = About.CLIENT
    attack = "T1568.003"
    attacker = "client"
    needs = "packets"

    max_labels: float = number("Labels", 10, minimum=2, maximum=127)
    items: tuple[str, ...] = names("Allowed domains", ("sophosxl.net",))

    def when(self) -> pl.Expr:
        """Look at flows that ask for a name."""
        return pl.col("dns_query").is_not_null() & is_application("DNS")

    def refine(self) -> pl.Expr:
        """Look at the name."""
        name = pl.col("dns_query")
        is_long = (name.str.len_chars() > 253) | name.str.contains(r"[^.]{64}")
        is_odd = name.str.contains(r"[^A-Za-z0-9_.:*-]|^\.|\.\.")
        is_deep = name.str.count_matches(".", literal=True) >= self.max_labels
        is_allowed = is_below(name.str.to_lowercase(), ("ip6.arpa", *self.items))
        return (is_long | is_odd | is_deep) & ~is_allowed

    def message(self) -> pl.Expr:
        """Name the client and the beginning of the name."""
        return pl.format("{} asked for {}", "client", pl.col("dns_query").str.slice(0, 100))

    def values(self) -> dict[str, pl.Expr]:
        """Return the name, its length and its labels."""
        name = pl.col("dns_query")
        return {
            "dns_query": name.str.slice(0, 253),
            "length": name.str.len_chars(),
            "labels": name.str.count_matches(".", literal=True) + 1,
        }
