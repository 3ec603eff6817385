"""Runs one command of the agent from its arguments to its exit code and last line."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Final
from uuid import uuid4

import httpx

from capture_agent import options as command_line
from capture_agent import schema, unfinished
from capture_agent.agent import Agent, Tally
from capture_agent.emission import Source
from capture_agent.opening import open_source
from capture_agent.post import Poster, connect
from capture_agent.spool import Spool, SpoolError
from capture_agent.unfinished import Replay
from capture_agent.wanted import Wanted

DONE, FAULT, USAGE, SOURCE, TOKEN, SPOOL, REJECTED = range(7)
#: The demonstration needs no long memory when its server is away.
DEMO_SPOOL: Final = 64 * 1024 * 1024

log = logging.getLogger("capture_agent")


def main(arguments: list[str]) -> int:
    """Run a command; return its exit code (see the command line's epilog)."""
    options = command_line.parser().parse_args(arguments)
    if options.command == "dissect":
        return _dissect(options)
    if options.command == "flows":
        return _flows(options)
    _log_to_stderr()
    token = command_line.token(options)
    if not token:
        return _end(USAGE, "no token: set NTOPWEB_AGENT_TOKEN or give --token-file FILE")
    try:
        client = connect(options.url, token)
        folder = command_line.spool_folder(options)
        size = (
            min(options.spool_size, DEMO_SPOOL) if options.command == "demo" else options.spool_size
        )
        return run(options, client, Spool(folder, size), folder)
    except SpoolError as error:
        return _end(SPOOL, str(error))
    except (OSError, ValueError) as error:
        return _end(SOURCE, str(error))


def run(options: argparse.Namespace, client: httpx.Client, spool: Spool, folder: Path) -> int:
    """Run a source to its end and post what it yields; return the exit code."""
    wanted = Wanted(client)
    replay = _replay(options, folder, wanted)
    session = replay.session if replay else uuid4()
    source = _open(options, folder, wanted, replay)
    tally = Tally(source, spool)
    agent = Agent(source, spool, tally, session, waits=options.command != "live", replay=replay)
    poster = Poster(client, spool, session, tally.counters, agent.stop)
    if replay:
        poster.on_settled = replay.acknowledge
    tally.poster = poster
    _stop_on_signals(agent)
    if len(spool):
        log.info("%d batches of an earlier run wait in the spool", len(spool))
    poster.start()
    if replay is None:
        wanted.start()
    try:
        agent.run()
        agent.drain(poster)
        if replay and not agent.is_stopped and not len(spool):
            replay.finish()
    finally:
        wanted.close()
        poster.close()
        spool.unlock()
        log.info("%s", tally.summary())
    if poster.fatal:
        return _end(TOKEN, poster.fatal)
    return _end(REJECTED, f"see {folder / 'rejected'}") if spool.rejected else DONE


def _open(
    options: argparse.Namespace, folder: Path, wanted: Wanted, replay: Replay | None
) -> Source:
    try:
        return open_source(options, folder, wanted.events, replay)
    except (OSError, ValueError):
        if replay:
            replay.finish()
        raise


def _replay(options: argparse.Namespace, folder: Path, wanted: Wanted) -> Replay | None:
    """Return the replay that the command is, or goes on with; None when its files are no whole.

    A replay keeps to what the server wanted when it began; without an answer it may want all.
    """
    if options.command != "pcap" or options.loop:
        return None
    command = unfinished.describe(options)
    if replay := unfinished.take_up(folder, command):
        log.info("going on with the replay that was cut off")
        wanted.events |= replay.wanted
        return replay
    if not wanted.ask():
        wanted.events |= set(schema.EVENT.categories)
    return unfinished.begin(folder, command, wanted.events, time.time())


def _dissect(options: argparse.Namespace) -> int:
    from capture_agent.dissect import dissect

    try:
        for line in dissect(options.file, options.flow, options.packets):
            print(line)
    except BrokenPipeError:
        sys.stderr.close()
    except (OSError, ValueError) as error:
        return _end(SOURCE, str(error))
    return DONE


def _flows(options: argparse.Namespace) -> int:
    from capture_agent.flows_file import write_flows

    try:
        count = write_flows(options.file, options.out, set(options.events))
    except (OSError, ValueError) as error:
        return _end(SOURCE, str(error))
    print(f"{count} rows in {options.out}")
    return DONE


def _stop_on_signals(agent: Agent) -> None:
    """Let the first SIGTERM or SIGINT flush and end; a second one ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        agent.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _log_to_stderr() -> None:
    time = "" if "NTOPWEB_SUPERVISED" in os.environ else "%(asctime)s "  # `up` says it itself
    logging.basicConfig(
        level=logging.INFO, format=f"{time}%(levelname)-7s %(message)s", stream=sys.stderr
    )
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _end(code: int, line: str) -> int:
    print(f"capture_agent: {line}", file=sys.stderr)
    return code
