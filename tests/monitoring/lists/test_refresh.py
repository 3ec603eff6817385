"""Lists read from files and from the network, and what a process then looks up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from capture_agent.schema import pack
from monitoring.lists import load, refresh
from monitoring.lists.known import KNOWN, seed
from monitoring.lists.snapshot import Content, build
from monitoring.models import BlacklistSource

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def labels(snapshot, *addresses):
    high, low = np.array([pack(address) for address in addresses], dtype=np.uint64).T
    return snapshot.networks.find(high, low).tolist()


@pytest.fixture
def offline(monkeypatch):
    """No list comes from the network; the demonstration's is a file."""

    def fail(url, **options):
        raise OSError("no network")

    monkeypatch.setattr(refresh, "fetch", fail)


def test_the_first_list_has_its_say():
    first = Content("A", "Malware", ["192.0.2.0/24"], ["bad.example"])
    second = Content(
        "B",
        "Mining",
        ["192.0.2.0/24", "192.0.2.7/32", "2001:db8::/32"],
        ["bad.example", "coin.example"],
    )
    snapshot = build([first, second])
    assert labels(snapshot, "192.0.2.1", "192.0.2.7", "2001:db8::1", "192.0.3.1") == [1, 2, 2, 0]
    assert snapshot.names == ("A", "B")
    assert snapshot.domains == {"bad.example": "A", "coin.example": "B"}
    assert snapshot.categories == {"A": "Malware", "B": "Mining"}


@pytest.mark.django_db
def test_the_demonstration_is_listed_and_the_rest_says_why_not(offline, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert refresh.refresh_due(NOW) == 1
    snapshot = load()
    addresses = ["203.0.113.66", "198.51.100.23", "2001:db8:bad::1", "203.0.113.67"]
    assert labels(snapshot, *addresses) == [1, 1, 1, 0]
    assert snapshot.domains == {"malware.example": "Demonstration"}
    assert {s.error for s in BlacklistSource.objects.exclude(attempted_at=None)} == {
        "",
        "no network",
    }


@pytest.mark.django_db
def test_a_list_is_read_again_when_its_time_has_come(offline, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    refresh.refresh_due(NOW)
    source = BlacklistSource.objects.get(name="Demonstration")
    BlacklistSource.objects.exclude(pk=source.pk).delete()
    assert refresh.due(NOW + timedelta(seconds=source.refresh_seconds - 1)) == []
    assert refresh.due(NOW + timedelta(seconds=source.refresh_seconds)) == [source]


@pytest.mark.django_db
def test_a_failed_list_keeps_its_entries_and_is_tried_again_soon(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "lists").mkdir()
    file = tmp_path / "lists" / "mine.txt"
    file.write_text("192.0.2.1\n2001:db8::1\n")
    source = BlacklistSource.objects.create(name="Mine", location="mine.txt")
    assert refresh.refresh(source, NOW)
    assert (source.entries, labels(load(), "192.0.2.1", "2001:db8::1")) == (2, [1, 1])
    file.write_text("<html>moved</html>")
    assert not refresh.refresh(source, NOW)
    assert "no entry" in source.error
    assert labels(load(), "192.0.2.1") == [1]
    assert refresh.due(NOW + timedelta(seconds=refresh.RETRY_SECONDS - 1)) == []
    assert refresh.due(NOW + timedelta(seconds=refresh.RETRY_SECONDS)) == [source]


@pytest.mark.django_db
def test_a_disabled_list_is_looked_up_no_more(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    source = BlacklistSource.objects.create(name="D", location="demonstration.txt", format="domain")
    refresh.refresh(source, NOW)
    assert load().names == ("D",)
    BlacklistSource.objects.update(is_enabled=False)
    assert load().names == ()
    assert refresh.due(NOW + timedelta(days=9)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "missing.txt", "."])
def test_no_file_elsewhere_is_read(name, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    source = BlacklistSource.objects.create(name="X", location=name)
    assert not refresh.refresh(source, NOW)
    assert "no file" in source.error


@pytest.mark.django_db
def test_a_removed_list_stays_removed():
    seed()
    assert BlacklistSource.objects.count() == len(KNOWN) == 18
    BlacklistSource.objects.filter(name="AdAway default blocklist").delete()
    seed()
    assert BlacklistSource.objects.count() == 17


@pytest.mark.django_db
def test_every_known_list_is_a_valid_row():
    for known in KNOWN:
        BlacklistSource(**known._asdict()).full_clean()
