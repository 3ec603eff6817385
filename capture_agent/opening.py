"""Opens the source that a command line names."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from capture_agent.emission import Emission, Source
from capture_agent.industrial import beside as industrial
from capture_agent.l2.beside import Beside, FileSide, LiveSide
from capture_agent.unfinished import Replay


class Nothing:
    """The source of ``resume``: no rows, so that the spool alone is posted."""

    def __init__(self) -> None:
        self.counters: dict[str, int] = {}

    def emissions(self) -> Iterator[Emission | None]:
        """Yield nothing."""
        yield from ()

    def stop(self) -> None:
        """Do nothing: it has ended."""


def open_source(
    options: argparse.Namespace, folder: Path, wanted: set[str], replay: Replay | None = None
) -> Source:
    """Return the source of a command; ``folder`` may hold what it makes for itself.

    ``replay`` says how captures are replayed, if they are replayed once.
    Raises OSError or ValueError with one line that says what to do.
    """
    if options.command == "resume":
        return Nothing()
    try:
        return _open(options, folder, wanted, replay)
    except RuntimeError as error:  # the engine in the wheel is not the one we were built for
        raise OSError(str(error)) from error


def _open(
    options: argparse.Namespace, folder: Path, wanted: set[str], replay: Replay | None
) -> Source:
    if options.command == "demo":
        return _demo(options, folder, wanted)
    return _live(options, wanted) if options.command == "live" else _pcap(options, wanted, replay)


def _pcap(options: argparse.Namespace, wanted: set[str], replay: Replay | None) -> Source:
    from capture_agent.sources.ndpi import PcapSource

    interface = options.interface or options.files[0].name
    meter = PcapSource(
        options.files,
        interface=interface,
        kind=options.kind,
        bpf=options.filter,
        speed=options.speed,
        keep_time=options.keep_time,
        loop=options.loop,
        wanted=wanted,
        begun=replay.begun if replay else None,
        identity=replay.identity if replay else None,
    )
    source: Source = meter
    if options.engine == "pyshark":
        from capture_agent.sources.pyshark import Dissected, FileFacts

        source = Dissected(meter, FileFacts(meter))
    with_l2 = Beside(source, FileSide(meter), interface, options.kind)
    side = industrial.file_side(meter)
    return Beside(with_l2, side, interface, options.kind, industrial.FRAME)


def _live(options: argparse.Namespace, wanted: set[str]) -> Source:
    from capture_agent.sources.ndpi import LiveSource

    source: Source = LiveSource(options.interface, bpf=options.filter, wanted=wanted)
    if options.engine == "pyshark":
        from capture_agent.sources.pyshark import Dissected, LiveFacts

        source = Dissected(source, LiveFacts(options.interface, options.filter))
    with_l2 = Beside(source, LiveSide(options.interface), options.interface, "live")
    side = industrial.LiveSide(options.interface)
    return Beside(with_l2, side, options.interface, "live", industrial.FRAME)


def _demo(options: argparse.Namespace, folder: Path, wanted: set[str]) -> Source:
    from capture_agent import demonstration
    from capture_agent.sources.ndpi import PcapSource

    path = folder / "demonstration.pcap"
    demonstration.write(path)
    kind = "demonstration"
    meter = PcapSource(
        [path], interface=options.interface, kind=kind, speed=1.0, loop=True, wanted=wanted
    )
    with_l2 = Beside(meter, FileSide(meter), options.interface, kind)
    side = industrial.file_side(meter)
    return Beside(with_l2, side, options.interface, kind, industrial.FRAME)
