"""The lists that ntopng knows, as rows to begin with. Enabled are those that ntopng enables."""

from __future__ import annotations

from typing import Final, NamedTuple

from monitoring.models import BlacklistSource

_DAY: Final = 86_400
_GITHUB: Final = "https://raw.githubusercontent.com"


class Known(NamedTuple):
    """A list to begin with."""

    name: str
    location: str
    format: str
    category: str = "Malware"
    is_enabled: bool = False
    refresh_seconds: int = _DAY


DEMONSTRATION: Final = Known("Demonstration", "demonstration.txt", "domain", is_enabled=True)

KNOWN: Final = (
    DEMONSTRATION,
    Known(
        "Abuse.ch URLhaus", "https://urlhaus.abuse.ch/downloads/hostfile/", "hosts", is_enabled=True
    ),
    Known("AdAway default blocklist", "https://adaway.org/hosts.txt", "hosts", "Advertisement"),
    Known("AlienVault", "https://reputation.alienvault.com/reputation.generic", "ip"),
    Known("Anti-WebMiner", f"{_GITHUB}/greatis/Anti-WebMiner/master/hosts", "hosts", "Mining"),
    Known(
        "Disconnect.me Simple Ad List",
        "https://s3.amazonaws.com/lists.disconnect.me/simple_ad.txt",
        "domain",
        "Advertisement",
    ),
    Known(
        "dshield 7 days",
        f"{_GITHUB}/firehol/blocklist-ipsets/master/dshield_7d.netset",
        "ip",
        is_enabled=True,
    ),
    Known(
        "ELLIO: Community Feed (for non-commercial use)",
        "https://cdn.ellio.tech/community-feed",
        "ip",
    ),
    # its address is given to customers only
    Known("ELLIO: Feed for ntopng", "", "ip", refresh_seconds=3_600),
    Known(
        "Emerging Threats",
        "https://rules.emergingthreats.net/fwrules/emerging-Block-IPs.txt",
        "ip",
        is_enabled=True,
    ),
    Known("Feodo", "https://feodotracker.abuse.ch/downloads/ipblocklist.txt", "ip"),
    Known(
        "Feodo Tracker Botnet C2 IP Blocklist",
        "https://feodotracker.abuse.ch/downloads/ipblocklist_recommended.txt",
        "ip",
    ),
    Known(
        "IPsum Threat Intelligence Feed",
        f"{_GITHUB}/stamparm/ipsum/master/ipsum.txt",
        "ip_occurencies",
        is_enabled=True,
    ),
    Known(
        "NoCoin Filter List",
        f"{_GITHUB}/hoshsadiq/adblock-nocoin-list/master/hosts.txt",
        "hosts",
        "Mining",
        is_enabled=True,
    ),
    Known("Snort IP Block List", "https://snort.org/downloads/ip-block-list", "ip"),
    Known(
        "SSLBL Botnet C2 IP Blacklist",
        "https://sslbl.abuse.ch/blacklist/sslipblacklist.txt",
        "ip",
        is_enabled=True,
    ),
    Known(
        "Stratosphere Lab",
        "https://mcfp.felk.cvut.cz/publicDatasets/CTU-AIPP-BlackList/Todays-Blacklists/"
        "AIP_blacklist_for_IPs_seen_last_24_hours.csv",
        "ip_csv",
        is_enabled=True,
    ),
    Known("ThreatFox", "https://threatfox.abuse.ch/downloads/hostfile/", "hosts", is_enabled=True),
)


def seed() -> None:
    """Make the rows of a new installation; a list that was removed stays removed."""
    if not BlacklistSource.objects.exists():
        BlacklistSource.objects.bulk_create(
            [BlacklistSource(**known._asdict()) for known in KNOWN], ignore_conflicts=True
        )
