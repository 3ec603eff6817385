"""The whole agent against NFStreamer on one capture: ``python -m tests.benchmarks.agent``.

The agent runs as a user starts it, ``python -m capture_agent pcap``, from its first import to the
last batch acknowledged: meter, frames, encoding, compression, spool and HTTP. A sink in a process
of its own acknowledges every batch and counts its rows (``--url`` posts to a real server instead).
NFStreamer reads the same file in a process of its own, and its flows are taken one by one. Printed
are packets per CPU second (user and system, of the whole process with its children; of both sides
the imports are taken off, measured with a capture of some hundred flows). They take turns; the
ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.meter import alternate, capture, rate

#: The ratio that design.md 9 asks for.
RATIO = 5.0
_SMALL = 100  # flows of the capture that shows what starting costs


class Sink(BaseHTTPRequestHandler):
    """Acknowledges every batch; wants no ``start`` rows."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read a batch and acknowledge it."""
        left = int(self.headers["Content-Length"])
        while left > 0:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        self._answer(b"{}")

    def do_GET(self) -> None:
        """Say which events are wanted."""
        self._answer(b'{"events": ["detected", "update", "end"]}')

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def sink() -> Iterator[str]:
    """Run a sink in its own process; give its address."""
    command = [sys.executable, "-m", "tests.benchmarks.agent", "--sink"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


def serve() -> None:
    """Serve as the sink until ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def cpu_of(command: list[str], **environment: str) -> tuple[float, str]:
    """Run a command to its end; return its CPU seconds with its children's, and its output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, done.stdout + done.stderr


def agent(path: Path, url: str, token: str) -> tuple[float, str]:
    """Let the agent post a capture; return its CPU seconds and its last line."""
    with TemporaryDirectory() as spool:
        command = [sys.executable, "-m", "capture_agent", "pcap", str(path), "--url", url]
        seconds, said = cpu_of([*command, "--spool", spool], NTOPWEB_AGENT_TOKEN=token)
    return seconds, said.strip().splitlines()[-1]


def nfstreamer(path: Path) -> tuple[float, int]:
    """Let NFStreamer read a capture; return its CPU seconds and its packets."""
    module = "tests.benchmarks.meter"
    command = [sys.executable, "-m", module, "--measure", "nfstreamer", "--path", str(path)]
    seconds, said = cpu_of(command)
    return seconds, int(json.loads(said)["packets"])


def measure_agent(path: Path, small: Path, url: str, token: str) -> dict[str, float]:
    """Return the agent's packets and CPU seconds without its start."""
    start, _ = agent(small, url, token)
    seconds, line = agent(path, url, token)
    metered = re.search(r"([\d,]+) packets", line)
    assert metered, line
    return {"packets": int(metered[1].replace(",", "")), "seconds": seconds - start}


def measure_nfstreamer(path: Path, small: Path) -> dict[str, float]:
    """Return NFStreamer's packets and CPU seconds without its start."""
    start, _ = nfstreamer(small)
    seconds, packets = nfstreamer(path)
    return {"packets": packets, "seconds": seconds - start}


def main() -> int:
    """Measure and print; returns 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=100_000)
    parser.add_argument("--packets-per-flow", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--url", help="a real server; its token in NTOPWEB_AGENT_TOKEN")
    parser.add_argument("--sink", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        serve()
    path = capture(options.flows, options.packets_per_flow)
    small = capture(_SMALL, options.packets_per_flow)
    token = os.environ.get("NTOPWEB_AGENT_TOKEN", "benchmark")
    begun = time.perf_counter()
    with sink() as sink_url:
        url = options.url or sink_url
        agent(small, url, token)  # compiles whatever has changed
        ratio, ours, theirs = alternate(
            options.rounds,
            lambda: measure_agent(path, small, url, token),
            lambda: measure_nfstreamer(path, small),
        )
    print(f"capture     {path} ({theirs['packets']:,.0f} packets)")
    print(f"agent       {rate(ours):>10,.0f} packets/CPU s ({ours['seconds']:.2f} s)")
    print(f"NFStreamer  {rate(theirs):>10,.0f} packets/CPU s ({theirs['seconds']:.2f} s)")
    print(f"ratio       {ratio:>10.2f} (target ≥ {RATIO})")
    print(f"took {time.perf_counter() - begun:.0f} s")
    return 0 if ratio >= RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main())
