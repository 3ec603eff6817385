"""The loop from a source to the spool: nothing lost, stopped cleanly, counted."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from capture_agent import schema
from capture_agent.agent import Agent, Tally
from capture_agent.emission import Emission
from capture_agent.post import Poster, connect
from capture_agent.spool import Spool

from .rows import SESSION, an_emission
from .server import Server


class ListSource:
    """Yields what it is given; after ``stop`` one last emission."""

    def __init__(self, emissions: list[Emission | None], endless: bool = False) -> None:
        self.counters = {"received": 10, "refused": 1}
        self._emissions = emissions
        self._endless = endless
        self._stopped = threading.Event()

    def emissions(self) -> Iterator[Emission | None]:
        yield from self._emissions
        while self._endless and not self._stopped.wait(0.01):
            yield None
        if self._stopped.is_set():
            yield an_emission(1)

    def stop(self) -> None:
        self._stopped.set()


def an_agent(source: ListSource, spool: Spool, waits: bool = True) -> tuple[Agent, Tally]:
    tally = Tally(source, spool)
    return Agent(source, spool, tally, SESSION, waits=waits), tally


def posted(server: Server, agent: Agent, tally: Tally, spool: Spool) -> Poster:
    poster = Poster(connect(server.url, "secret"), spool, SESSION, tally.counters, agent.stop)
    tally.poster = poster
    poster.start()
    return poster


def test_every_row_arrives_once(server: Server, tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    source = ListSource(
        [an_emission(25_000), None, an_emission(7), an_emission(1, frame="interface")]
    )
    agent, tally = an_agent(source, spool)
    poster = posted(server, agent, tally, spool)
    agent.run()
    agent.drain(poster)
    poster.close()
    assert server.rows("flow").height == 25_007
    assert server.rows("interface").height == 1
    assert (len(spool), server.repeats) == (0, 0)
    assert sorted(key[1] for key in server.stored) == list(range(1, len(server.stored) + 1))
    assert (tally.flows, tally.rows) == (25_007, 25_008)
    assert tally.counters()["sent_rows"] == 25_008
    assert set(tally.counters()) == set(schema.COUNTERS)
    assert "25,008 rows in" in tally.summary()


def test_rows_of_a_quiet_source_do_not_wait_for_more(server: Server, tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    agent, tally = an_agent(ListSource([an_emission(1)], endless=True), spool)
    poster = posted(server, agent, tally, spool)
    runner = threading.Thread(target=agent.run, daemon=True)
    runner.start()
    server.wait_for(1, seconds=5)
    agent.stop()
    runner.join(5)
    agent.drain(poster)
    poster.close()
    assert server.rows("flow").height == 2


@pytest.mark.parametrize(("waits", "drops"), [(False, 3), (True, 0)])
def test_only_a_live_source_drops(tmp_path: Path, waits: bool, drops: int) -> None:
    spool = Spool(tmp_path, limit=2 * 4096)
    source = ListSource([an_emission(1, f"eth{number}") for number in range(5)])
    agent, tally = an_agent(source, spool, waits)
    runner = threading.Thread(target=agent.run, daemon=True)
    runner.start()
    taken = 0
    while waits and taken < 5:
        entry = spool.take()
        assert entry
        spool.remove(entry)
        taken += 1
    runner.join(10)
    assert not runner.is_alive()
    assert tally.counters()["spool_drops"] == drops


def test_a_refused_token_ends_the_source(server: Server, tmp_path: Path) -> None:
    server.script.extend([(401, {}, {"error": "unknown token"})] * 2)
    spool = Spool(tmp_path)
    agent, tally = an_agent(ListSource([an_emission(1)], endless=True), spool)
    poster = posted(server, agent, tally, spool)
    agent.run()
    agent.drain(poster)
    assert poster.fatal
    assert len(spool) >= 1


def test_an_agent_that_is_stopped_does_not_wait_for_a_dead_server(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    agent, tally = an_agent(ListSource([an_emission(1)], endless=True), spool)
    poster = Poster(connect("http://127.0.0.1:1", "secret"), spool, SESSION, tally.counters)
    poster.start()
    threading.Timer(0.5, agent.stop).start()
    agent.run()
    agent.drain(poster)
    poster.close()
    assert len(spool) >= 1


def test_rows_before_a_sources_error_are_kept(tmp_path: Path) -> None:
    class Failing(ListSource):
        def emissions(self) -> Iterator[Emission | None]:
            yield an_emission(3)
            raise OSError("eth0: capture ended: the card is gone")

    spool = Spool(tmp_path)
    agent, _ = an_agent(Failing([]), spool)
    with pytest.raises(OSError, match="the card is gone"):
        agent.run()
    assert len(spool) == 1
