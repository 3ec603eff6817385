"""``python -m capture_agent`` as a process: what arrives, how it ends, what it says."""

import json
import re
import signal
import time
from pathlib import Path

import polars as pl
import pytest

from capture_agent import schema
from capture_agent.commands import DONE, REJECTED, SOURCE, SPOOL, TOKEN, USAGE
from capture_agent.sources.ndpi import PcapSource

from .captures import START, all_frames, dns_question, write
from .l2.packets import WANTED
from .process import run, start
from .server import Server, serving


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return write(tmp_path / "office.pcap", all_frames())


@pytest.fixture(scope="module", autouse=True)
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let the meter be compiled once, before the time of the processes counts."""
    path = write(tmp_path_factory.mktemp("warm") / "office.pcap", all_frames())
    assert any(PcapSource([path], interface="warm").emissions())


def flows_of(server: Server) -> pl.DataFrame:
    return server.rows("flow").filter(pl.col("event") == "end")


def test_a_capture_file_arrives_whole(server: Server, capture: Path, tmp_path: Path) -> None:
    code, said = run("pcap", capture, "--url", server.url, "--spool", tmp_path / "spool")
    assert code == DONE, said
    flows = flows_of(server)
    services = flows.filter(pl.col("server_port").is_in([53, 8004, 8006]))
    assert sorted(services["server_port"].to_list()) == [53, 53, 8004, 8006]
    packets = flows["packets_to_server"].sum() + flows["packets_to_client"].sum()
    assert packets == len(all_frames()) - 6  # ARP is no flow
    assert server.rows("l2").height == len(WANTED)
    assert server.rows("interface").height >= 1
    kinds = {request.headers[schema.HEADER_KIND] for request in server.requests}
    names = {request.headers[schema.HEADER_INTERFACE] for request in server.requests}
    assert (kinds, names) == ({"pcap"}, {"office.pcap"})
    last = said.strip().splitlines()[-1]
    assert re.search(r"\d+ packets .* flows, .* rows in \d+ batches acknowledged .* 0 wait", last)


def test_times_are_shifted_to_now_for_flows_and_l2_alike(
    server: Server, capture: Path, tmp_path: Path
) -> None:
    run("pcap", capture, "--url", server.url, "--spool", tmp_path / "spool")
    ends = flows_of(server)["last_seen"]
    arp = server.rows("l2")["time"]
    end = ends.max().timestamp()
    assert abs(end - time.time()) < 60
    first = arp.min().timestamp()
    assert first == pytest.approx(end - (len(all_frames()) - 1) * 0.01, abs=1e-5)


def test_keep_time_keeps_it(server: Server, capture: Path, tmp_path: Path) -> None:
    run("pcap", capture, "--keep-time", "--url", server.url, "--spool", tmp_path / "spool")
    assert server.rows("l2")["time"].min().timestamp() == START
    assert flows_of(server)["first_seen"].min().timestamp() >= START


def test_kind_interface_and_filter_are_taken(server: Server, capture: Path, tmp_path: Path) -> None:
    given = ("--kind", "demonstration", "--interface", "lab", "--filter", "udp port 53")
    code, said = run("pcap", capture, *given, "--url", server.url, "--spool", tmp_path / "s")
    assert code == DONE, said
    assert flows_of(server)["server_port"].to_list() == [53, 53]
    headers = server.requests[0].headers
    assert headers[schema.HEADER_KIND] == "demonstration"
    assert headers[schema.HEADER_INTERFACE] == "lab"


def test_counters_come_with_the_batches(server: Server, capture: Path, tmp_path: Path) -> None:
    run("pcap", capture, "--url", server.url, "--spool", tmp_path / "spool")
    counters = json.loads(server.requests[-1].headers[schema.HEADER_COUNTERS])
    assert set(counters) == set(schema.COUNTERS)
    assert counters["received"] >= counters["parsed"] > 0


def test_a_killed_agents_batches_come_once_with_the_next_start(tmp_path: Path) -> None:
    """``kill -9`` while the server is away, and again while it stores: no batch lost or doubled."""
    question = dns_question(4, "www.example.org")
    ports = range(20_000, 50_000)
    frames = [question[:34] + port.to_bytes(2) + question[36:] for port in ports]
    capture = write(tmp_path / "many.pcap", frames, gap=0.001)
    spool = tmp_path / "spool"
    agent = start("pcap", capture, "--url", "http://127.0.0.1:1", "--spool", spool)
    folder = spool / "batches"
    deadline = time.monotonic() + 60
    while not (folder.exists() and len(list(folder.glob("*.batch"))) >= 3):
        assert time.monotonic() < deadline, agent.poll()
        time.sleep(0.01)
    agent.kill()
    agent.wait()
    left = {path.stem for path in folder.glob("*.batch")}
    with serving() as server:
        server.script.extend([(503, {"Retry-After": "0"}, {}), (200, {}, {})] * 2)
        code, said = run("resume", "--url", server.url, "--spool", spool)
    assert code == DONE, said
    assert {f"{session}-{sequence:010d}" for session, sequence in server.stored} == left
    assert server.repeats == 0
    assert not list(folder.iterdir())
    rows = server.rows("flow")
    assert rows.select("flow_id", "event").is_duplicated().sum() == 0


def test_an_answer_that_the_agent_did_not_live_to_hear_is_a_repeat(
    server: Server, capture: Path, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    agent = start("pcap", capture, "--url", "http://127.0.0.1:1", "--spool", spool)
    while not list((spool / "batches").glob("*.batch")):
        time.sleep(0.02)
    agent.send_signal(signal.SIGTERM)
    agent.wait(20)
    batch = next((spool / "batches").glob("*.batch"))
    kept = batch.read_bytes()
    run("resume", "--url", server.url, "--spool", spool)
    batch.write_bytes(kept)
    run("resume", "--url", server.url, "--spool", spool)
    assert server.repeats == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_flushes_and_ends_well(
    server: Server, capture: Path, tmp_path: Path, number: signal.Signals
) -> None:
    where = ("--url", server.url, "--spool", tmp_path / "s")
    agent = start("pcap", capture, "--speed", "0.01", "--filter", "udp port 53", *where)
    server.wait_for(1)
    assert flows_of(server).is_empty()
    agent.send_signal(number)
    _, said = agent.communicate(timeout=20)
    assert agent.returncode == DONE, said
    assert flows_of(server).height >= 1
    assert "0 wait in the spool" in said.splitlines()[-1]


def test_a_signal_ends_it_though_the_server_is_away(capture: Path, tmp_path: Path) -> None:
    agent = start("pcap", capture, "--url", "http://127.0.0.1:1", "--spool", tmp_path / "spool")
    while not list((tmp_path / "spool").glob("batches/*.batch")):
        time.sleep(0.02)
    agent.terminate()
    _, said = agent.communicate(timeout=20)
    assert agent.returncode == DONE
    assert "does not take batches" in said
    assert list((tmp_path / "spool").glob("batches/*.batch"))


def test_a_refused_token_is_one_line_and_keeps_the_batches(
    server: Server, capture: Path, tmp_path: Path
) -> None:
    server.script.extend([(401, {}, {"error": "unknown token"})] * 9)
    code, said = run("pcap", capture, "--url", server.url, "--spool", tmp_path / "spool")
    assert code == TOKEN
    assert "refused the token (401 unknown token)" in said.splitlines()[-1]
    assert list((tmp_path / "spool").glob("batches/*.batch"))
    assert "secret" not in said


def test_refused_batches_are_told_at_the_end(server: Server, capture: Path, tmp_path: Path) -> None:
    server.script.append((422, {}, {"error": "X-Ntopweb-Schema: '2' is not one of 1"}))
    code, said = run("pcap", capture, "--url", server.url, "--spool", tmp_path / "spool")
    assert code == REJECTED
    assert "'2' is not one of 1" in said
    assert len(list((tmp_path / "spool" / "rejected").glob("*.json"))) == 1


def test_a_token_argument_is_hidden_from_ps(server: Server, capture: Path, tmp_path: Path) -> None:
    arguments = ("--speed", "0.01", "--url", server.url, "--spool", tmp_path / "s")
    agent = start("pcap", capture, "--token", "topsecret", *arguments, token=None)
    server.wait_for(1)
    assert "topsecret" not in Path(f"/proc/{agent.pid}/cmdline").read_text()
    assert server.requests[0].headers["Authorization"] == "Token topsecret"
    agent.terminate()
    assert "topsecret" not in agent.communicate(timeout=20)[1]


def test_a_token_file_is_read(server: Server, capture: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    arguments = ("--token-file", tmp_path / "token", "--url", server.url, "--spool", tmp_path / "s")
    assert run("pcap", capture, *arguments, token=None)[0] == DONE
    assert server.requests[0].headers["Authorization"] == "Token from-file"


def _broken(folder: Path, content: bytes) -> Path:
    path = folder / "broken.pcap"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is empty"), (b"#!/bin/sh\n" * 9, "not a pcap or pcapng file")],
)
def test_a_file_that_is_no_capture_is_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    path = _broken(tmp_path, content)
    code, said = run("pcap", path, "--url", "http://127.0.0.1:1", "--spool", tmp_path / "s")
    assert (code, said.count("\n")) == (SOURCE, 1), said
    assert reason in said


def test_a_truncated_file_gives_what_it_has(server: Server, capture: Path, tmp_path: Path) -> None:
    path = _broken(tmp_path, capture.read_bytes()[:-30])
    code, said = run("pcap", path, "--url", server.url, "--spool", tmp_path / "s")
    assert code == DONE
    assert "ends early" in said
    assert flows_of(server).height > 0


def test_a_card_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    code, said = run("live", "nocard0", "--url", "http://127.0.0.1:1", "--spool", tmp_path)
    assert (code, said.count("\n")) == (SOURCE, 1)
    assert "nocard0: no such network interface" in said


@pytest.mark.parametrize(
    ("arguments", "token", "code", "reason"),
    [
        (["pcap", "/nofile", "--url", "http://h"], "x", USAGE, "there is no file /nofile"),
        (["pcap"], "x", USAGE, "required"),
        (
            ["resume", "--url", "http://h", "--spool-size", "5"],
            "x",
            USAGE,
            "no size of at least 1M",
        ),
        (["resume", "--url", "http://h", "--name", "../x"], "x", USAGE, "a name has letters"),
        (["resume", "--url", "nowhere"], "x", SOURCE, "is no address like"),
        (["resume", "--url", "http://h"], None, USAGE, "set NTOPWEB_AGENT_TOKEN"),
        (["resume", "--url", "http://h", "--spool", "/dev/null/x"], "x", SPOOL, "see --spool"),
    ],
)
def test_what_cannot_work_is_told(
    arguments: list[str], token: str | None, code: int, reason: str
) -> None:
    found, said = run(*arguments, token=token)
    assert found == code, said
    assert reason in said


def test_without_tshark_the_engine_says_how_to_get_it(capture: Path, tmp_path: Path) -> None:
    arguments = ("--engine", "pyshark", "--url", "http://127.0.0.1:1", "--spool", tmp_path / "s")
    code, said = run("pcap", capture, *arguments, PATH="/nowhere")
    assert (code, said.count("\n")) == (SOURCE, 1)
    assert "apt-get install tshark" in said


@pytest.mark.tshark
def test_the_pyshark_engine_sends_the_same_flows(
    server: Server, capture: Path, tmp_path: Path
) -> None:
    arguments = ("--engine", "pyshark", "--url", server.url, "--spool", tmp_path / "s")
    code, said = run("pcap", capture, *arguments)
    assert code == DONE, said
    assert sorted(flows_of(server)["server_port"].to_list())[:2] == [53, 53]
    assert server.rows("l2").height == len(WANTED)


def test_the_demonstration_runs_until_stopped(server: Server, tmp_path: Path) -> None:
    agent = start("demo", "--url", server.url, "--spool", tmp_path / "spool")
    server.wait_for(3, seconds=60)
    agent.terminate()
    _, said = agent.communicate(timeout=20)
    assert agent.returncode == DONE, said
    kinds = {request.headers[schema.HEADER_KIND] for request in server.requests}
    assert kinds == {"demonstration"}
    assert abs(server.rows("flow")["last_seen"].max().timestamp() - time.time()) < 60
