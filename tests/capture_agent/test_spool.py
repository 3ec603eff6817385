"""The spool keeps batches until they are acknowledged, within its limit, over any death."""

import errno
import json
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from capture_agent import spool as module
from capture_agent.spool import Spool, SpoolError

from .rows import a_batch

BLOCK = 4096


def batches(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "batches").iterdir())


def reopened(spool: Spool, folder: Path) -> Spool:
    spool.unlock()
    return Spool(folder)


def test_batches_come_out_in_order_and_unchanged(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for sequence in (1, 2, 3):
        spool.put(a_batch(sequence), wait=False)
    taken = [spool.take() for _ in range(3)]
    assert [spool.read(entry) for entry in taken if entry] == [a_batch(n) for n in (1, 2, 3)]


def test_an_acknowledged_batch_leaves_the_disk(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(a_batch(), wait=False)
    entry = spool.take()
    assert entry
    assert len(spool) == 1
    spool.remove(entry)
    assert (len(spool), batches(tmp_path)) == (0, [])


def test_a_batch_given_back_comes_first_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for sequence in (1, 2):
        spool.put(a_batch(sequence), wait=False)
    entry = spool.take()
    assert entry
    spool.give_back(entry)
    assert spool.take() == entry


def test_a_new_start_finds_old_sessions_first_with_their_numbers(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    old = uuid4()
    for sequence in (9, 10):
        spool.put(a_batch(sequence, session=old), wait=False)
    spool.take()
    spool = reopened(spool, tmp_path)
    spool.put(a_batch(1), wait=False)
    found = [spool.read(entry) for entry in (spool.take(), spool.take(), spool.take()) if entry]
    assert [(b.session, b.sequence) for b in found if b] == [
        (old, 9),
        (old, 10),
        (a_batch().session, 1),
    ]


def test_half_written_files_go_at_the_start(tmp_path: Path) -> None:
    Spool(tmp_path).unlock()
    (tmp_path / "batches" / "x.partial").write_bytes(b"half")
    assert len(Spool(tmp_path)) == 0
    assert batches(tmp_path) == []


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"", lambda data: b"{}\n"])
def test_a_torn_file_is_set_aside(tmp_path: Path, damage) -> None:  # type: ignore[no-untyped-def]
    spool = Spool(tmp_path)
    spool.put(a_batch(), wait=False)
    entry = spool.take()
    assert entry
    entry.path.write_bytes(damage(entry.path.read_bytes()))
    assert spool.read(entry) is None
    assert (len(spool), spool.rejected) == (0, 1)


@pytest.mark.parametrize(("limit", "kept"), [(3, [3, 4, 5]), (5, [1, 2, 3, 4, 5])])
def test_full_the_oldest_goes_and_is_counted(tmp_path: Path, limit: int, kept: list[int]) -> None:
    spool = Spool(tmp_path, limit=limit * BLOCK)
    for sequence in range(1, 6):
        spool.put(a_batch(sequence), wait=False)
    assert [int(name[-16:-6]) for name in batches(tmp_path)] == kept
    assert spool.spool_drops == 5 - len(kept)


def test_a_batch_in_flight_is_not_dropped(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=2 * BLOCK)
    for sequence in (1, 2):
        spool.put(a_batch(sequence), wait=False)
    assert spool.take()
    spool.put(a_batch(3), wait=False)
    assert [int(name[-16:-6]) for name in batches(tmp_path)] == [1, 3]


def test_a_replay_waits_for_room_and_loses_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=2 * BLOCK)
    writer = threading.Thread(
        target=lambda: [spool.put(a_batch(n), wait=True) for n in range(1, 7)], daemon=True
    )
    writer.start()
    seen = []
    for _ in range(6):
        entry = spool.take()
        assert entry
        assert len(batches(tmp_path)) <= 2
        batch = spool.read(entry)
        seen.append(batch and batch.sequence)
        spool.remove(entry)
    writer.join(5)
    assert (seen, spool.spool_drops) == ([1, 2, 3, 4, 5, 6], 0)


def test_in_a_hurry_no_writer_waits(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=BLOCK)
    spool.hurry()
    for sequence in (1, 2):
        spool.put(a_batch(sequence), wait=True)
    assert len(spool) == 2


def test_a_full_disk_counts_as_a_full_spool(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    spool = Spool(tmp_path)
    spool.put(a_batch(1), wait=False)
    write, failures = module._write, [OSError(errno.ENOSPC, "No space left on device")]

    def fails_once(path: Path, data: bytes) -> None:
        if failures:
            raise failures.pop()
        write(path, data)

    monkeypatch.setattr(module, "_write", fails_once)
    spool.put(a_batch(2), wait=False)
    assert ([int(name[-16:-6]) for name in batches(tmp_path)], spool.spool_drops) == ([2], 1)


def test_a_refused_batch_stays_beside_the_answer(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(a_batch(7), wait=False)
    entry = spool.take()
    assert entry
    spool.reject(entry, {"status": 422, "answer": {"error": "no such frame"}})
    kept = sorted((tmp_path / "rejected").iterdir())
    assert [path.suffix for path in kept] == [".batch", ".json"]
    assert json.loads(kept[1].read_text())["status"] == 422
    assert (len(spool), spool.rejected, batches(tmp_path)) == (0, 1, [])
    assert len(reopened(spool, tmp_path)) == 0


def test_rejected_batches_are_bounded(tmp_path: Path) -> None:
    spool = Spool(tmp_path, limit=8 * 4 * BLOCK)
    for sequence in range(1, 9):
        spool.put(a_batch(sequence), wait=False)
        entry = spool.take()
        assert entry
        spool.reject(entry, {"status": 400})
    names = [path.name for path in (tmp_path / "rejected").iterdir()]
    assert len(names) == 4
    assert spool.rejected == 8


def test_two_agents_do_not_share_a_spool(tmp_path: Path) -> None:
    first = Spool(tmp_path / "a")
    with pytest.raises(SpoolError, match=r"another agent uses the spool .* --spool"):
        Spool(tmp_path / "a")
    first.unlock()


def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match=r"cannot use the spool .*file/spool: Not a directory"):
        Spool(tmp_path / "file" / "spool")


def test_closing_ends_the_waiting(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    taken: list[object] = []
    reader = threading.Thread(target=lambda: taken.append(spool.take()), daemon=True)
    reader.start()
    spool.close()
    reader.join(5)
    assert taken == [None]
