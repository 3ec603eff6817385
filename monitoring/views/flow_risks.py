"""What nDPI's risks mean, in a sentence each, for who looks at a flow."""

from __future__ import annotations

from typing import Final, NamedTuple

from monitoring.history.seen_flow import SeenFlow
from monitoring.risks import NAMES

#: nDPI's own page on its risks; an anchor each, by number.
_GUIDE: Final = "https://www.ntop.org/guides/nDPI/flow_risks.html#risk-{:03d}"

#: By the risk's number, see :data:`monitoring.risks.NAMES`.
_MEANINGS: Final[dict[int, str]] = {
    1: "A request carries script code, as an attack on the users of a web page does.",
    2: "A request carries SQL, as an attack on the database behind a web page does.",
    3: "A request carries commands that a vulnerable server would run.",
    4: "A program was downloaded or uploaded: on most networks rare, and a way of infection.",
    5: "The application runs on a port that is not its own, perhaps to pass a firewall.",
    6: "The server vouches for itself: nobody else says that it is who it claims to be.",
    7: "TLS 1.1 or older, which has known weaknesses.",
    8: "A cipher that can be broken or gives no forward secrecy.",
    9: "The certificate's time is over, or has not begun.",
    10: "The certificate is of another name than the one that was asked for.",
    11: "A user agent that is empty or that attack tools and malware use.",
    12: "The server is named by its address, as malware does that has no domain.",
    13: "A URL that attacks and malware use.",
    14: "A header that browsers do not send in this way.",
    15: "TLS that carries no web traffic: a VPN, a messenger, or something that hides.",
    16: "The name looks as if a program had made it up, as malware does to find its master.",
    17: "The packet is not as its protocol demands: a fault, or an attempt to confuse.",
    18: "The client's SSH has known weaknesses.",
    19: "The server's SSH has known weaknesses.",
    20: "SMB version 1, which worms spread by.",
    21: "The protocol does not fit the network that the address belongs to.",
    22: "A protocol that neither encrypts nor authenticates.",
    23: "DNS that looks like a tunnel or like an attack: long names, odd types.",
    24: "TLS without the name of the server, which browsers always send.",
    25: "The content is not what the header says.",
    26: "The address belongs to a network that is known for abuse.",
    27: "The name is on a list of risky domains.",
    28: "The client's TLS fingerprint is that of known malware.",
    29: "The certificate is that of known malware.",
    30: "Somebody shares a desktop or files: wanted, or a way in.",
    31: "The protocol inside TLS is one that is rarely announced.",
    32: "The certificate is valid for longer than browsers accept.",
    33: "A TLS extension that is used in an unusual way.",
    34: "One side ended TLS with an error.",
    35: "The payload is as random as encrypted or packed data where that is not expected.",
    36: "A name and password went over the wire unencrypted.",
    37: "A DNS message that is larger than usual: a tunnel, or amplification.",
    38: "A DNS message in fragments, which resolvers should not need.",
    39: "Characters that may not stand in a name.",
    40: "The payload is that of a known exploit.",
    41: "The certificate will expire within days.",
    42: "A name in punycode, which may look like another one.",
    43: "The answer is an error; many of them may be a scan.",
    44: "A program that fetches pages by itself.",
    45: "The address hides its user: a proxy, Tor or a privacy relay.",
    46: "Nobody answered: a scan, a dead server, or a capture that sees one side alone.",
    47: "The server's software is old and has known weaknesses.",
    48: "It comes again and again in the same rhythm, as beacons do.",
    49: "Small oddities that are no risk by themselves.",
    50: "The connection was refused, reset or not answered.",
    51: "The name was contacted though DNS had not been asked for it.",
    52: "The announced protocol and the name do not fit together.",
    53: "The name or address is one that malware is known to use.",
    54: "Data in a place where it is not expected, as exfiltration hides it.",
    55: "A connection that does nothing but see who is there.",
    56: "Traffic that was made to look like something else.",
}


class Risk(NamedTuple):
    """A risk of a flow: its name, what it means, and nDPI's page on it."""

    name: str
    meaning: str
    link: str


def risks_of(flow: SeenFlow) -> list[Risk]:
    """Return the risks of a flow, explained."""
    numbers = {name: number for number, name in enumerate(NAMES)}
    found = []
    for name in flow.risks:
        number = numbers.get(name, 0)
        found.append(Risk(name, _MEANINGS.get(number, ""), _GUIDE.format(number) if number else ""))
    return found


def remarks_of(flow: SeenFlow) -> list[str]:
    """Return what nDPI saw in the flow, a remark each."""
    said = str(flow.detail.get("risk_info") or "")
    return [remark.strip() for remark in said.split(";") if remark.strip()]
