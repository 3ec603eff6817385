"""The agent's command line."""

from __future__ import annotations

import argparse
import os
import re
import socket
from pathlib import Path
from typing import Final

from capture_agent import schema
from capture_agent.spool import LIMIT

EPILOG: Final = """\
The token is best given in the environment (NTOPWEB_AGENT_TOKEN) or in a file. Batches wait in the
spool until the server has them, over restarts too.

exit codes:
  0  finished, or stopped by a signal; what was not posted waits in the spool
  1  an error of the agent itself
  2  wrong usage
  3  the source cannot be read: file, network card, filter, permission, tshark missing
  4  the server refused the token; batches are kept
  5  the spool cannot be used
  6  finished, but the server refused batches: see the spool's folder rejected/
"""
_UNITS: Final = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_SMALLEST_SPOOL: Final = 1 << 20


def parser() -> argparse.ArgumentParser:
    """Return the parser of ``python -m capture_agent``."""
    made = argparse.ArgumentParser(
        prog="python -m capture_agent",
        description="Observes traffic and posts it to an ntopweb server.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_pcap(commands.add_parser("pcap", help="replay capture files (pcap, pcapng)"))
    _add_live(commands.add_parser("live", help="capture from a network card"))
    _add_demo(commands.add_parser("demo", help="replay the demonstration, for ever"))
    _add_server(commands.add_parser("resume", help="post what an earlier run left in the spool"))
    _add_dissect(commands.add_parser("dissect", help="print one flow's packets as a tree"))
    _add_flows(commands.add_parser("flows", help="write a capture's flows to an Arrow file"))
    return made


def _add_flows(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=_readable, metavar="FILE")
    command.add_argument("out", type=Path, metavar="OUT", help="the Arrow file to be written")
    command.add_argument("--events", nargs="+", choices=schema.EVENT.categories, default=["end"])


def _add_pcap(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", type=_readable, metavar="FILE")
    command.add_argument("--speed", type=_positive, metavar="N", help="N × real time; else fastest")
    command.add_argument("--keep-time", action="store_true", help="keep the capture's own times")
    command.add_argument("--loop", action="store_true", help="start again at the end, for ever")
    command.add_argument("--kind", choices=schema.INTERFACE_KINDS, default="pcap")
    command.add_argument("--interface", metavar="NAME", help="default: the first file's name")
    _add_engine(command)
    _add_server(command)


def _add_live(command: argparse.ArgumentParser) -> None:
    command.add_argument("interface", metavar="IFACE")
    _add_engine(command)
    _add_server(command)


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--interface", metavar="NAME", default="demonstration")
    _add_server(command)


def _add_engine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--filter", default="", metavar="BPF", help="as of tcpdump")
    command.add_argument(
        "--engine",
        choices=("ndpi", "pyshark"),
        default="ndpi",
        help="pyshark: tshark's dissectors, some thousand packets/s",
    )


def _add_server(command: argparse.ArgumentParser) -> None:
    url = os.environ.get("NTOPWEB_URL")
    command.add_argument("--url", default=url, required=url is None, help="or NTOPWEB_URL")
    token = command.add_mutually_exclusive_group()
    token.add_argument("--token", metavar="T", help="or NTOPWEB_AGENT_TOKEN, which no one sees")
    token.add_argument("--token-file", type=_readable, metavar="FILE")
    command.add_argument("--name", type=_name, default=socket.gethostname(), metavar="NAME")
    command.add_argument(
        "--spool", type=Path, metavar="DIR", help="default: ~/.local/state/ntopweb-agent/NAME"
    )
    command.add_argument("--spool-size", type=_size, default=LIMIT, metavar="SIZE", help="as 512M")


def _add_dissect(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=_readable, metavar="FILE")
    command.add_argument(
        "--flow",
        required=True,
        metavar="CLIENT:PORT-SERVER:PORT/L4",
        help="as 10.0.0.1:40000-10.0.0.2:443/tcp or [fd00::1]:53-[fd00::2]:53/udp",
    )
    command.add_argument("--packets", type=int, default=100, metavar="N", help="at most N packets")


def token(options: argparse.Namespace) -> str:
    """Return the token from the file, the argument or the environment; "" when there is none."""
    if options.token_file:
        return str(options.token_file.read_text().strip())
    return str(options.token or os.environ.get("NTOPWEB_AGENT_TOKEN", "")).strip()


def spool_folder(options: argparse.Namespace) -> Path:
    """Return the spool's folder: given, or of this user and agent name."""
    if options.spool:
        return Path(options.spool)
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state, "ntopweb-agent", str(options.name))


def _readable(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not os.access(path, os.R_OK):
        raise argparse.ArgumentTypeError(f"there is no file {text}, or it cannot be read")
    return path


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,100}", text) or text.startswith("."):
        raise argparse.ArgumentTypeError(
            f"{text!r}: a name has letters, digits, dots, - and _ only"
        )
    return text


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+)\s*([KMG]?)(?:i?B)?", text, re.IGNORECASE)
    size = int(match[1]) * _UNITS[match[2].upper()] if match else 0
    if size < _SMALLEST_SPOOL:
        raise argparse.ArgumentTypeError(f"{text} is no size of at least 1M, as 512M or 2G")
    return size
