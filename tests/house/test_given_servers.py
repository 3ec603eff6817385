"""What is told of the servers that DATABASE_URL and REDIS_URL name, before anything starts."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
import redis
from django.db import connection

from ntopweb.up import given_servers
from ntopweb.up.fault import Fault

VARIABLES = pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])


def refusal(variable: str, url: str) -> str:
    """Return what is told of a server, which is one line."""
    with pytest.raises(Fault) as told:
        given_servers.check_server(variable, url)
    assert "\n" not in str(told.value)
    return str(told.value)


@VARIABLES
@pytest.mark.parametrize(("bind", "host"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_a_server_that_is_not_there_is_told(variable: str, bind: str, host: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as server:
        server.bind((bind, 0))
        server.listen()
        url = f"any://user:secret@{host}:{server.getsockname()[1]}/0"
        given_servers.check_reachable(variable, url)
    with pytest.raises(Fault, match=rf"{variable}: no .* answers at .*unset") as told:
        given_servers.check_reachable(variable, url)
    assert "secret" not in str(told.value)


@VARIABLES
def test_another_kind_of_server_is_told(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_servers, "_PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        scheme = "postgres" if variable == "DATABASE_URL" else "redis"
        told = refusal(variable, f"{scheme}://u:secret@127.0.0.1:{silent.getsockname()[1]}/0")
    assert "cannot be used" in told
    assert "secret" not in told


@pytest.mark.parametrize("url", ["", "unix:///run/valkey.sock?db=1", "postgres://%2Frun/name"])
def test_sockets_in_the_file_system_are_not_knocked_at(url: str) -> None:
    given_servers.check_reachable("DATABASE_URL", url)


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("DATABASE_URL", "postgres://h:port/x"),
        ("DATABASE_URL", "postgres://[::1/x"),
        ("DATABASE_URL", "ntopweb"),
        ("REDIS_URL", "redis://h:99999"),
        ("REDIS_URL", "valkey"),
    ],
)
def test_what_is_no_url_is_told(variable: str, url: str) -> None:
    assert "is not a URL" in refusal(variable, url)


def test_another_database_than_postgresql_is_told() -> None:
    assert "postgres://" in refusal("DATABASE_URL", "sqlite:////tmp/x.sqlite3")


def test_an_empty_variable_names_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.delenv("REDIS_URL", raising=False)
    given_servers.check_given()
    assert not given_servers.is_given("DATABASE_URL")


@pytest.fixture
def stranger(db: None) -> Iterator[str]:
    """A user of the tests' PostgreSQL who may log in and no more; yields the name."""
    settings, name = connection.settings_dict, "stranger_of_tests"
    owner = psycopg.connect(url_of(settings["USER"], settings["PASSWORD"]), autocommit=True)
    owner.execute(f"DROP ROLE IF EXISTS {name}")
    owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'right'")
    yield name
    owner.execute(f"DROP ROLE {name}")
    owner.close()


def url_of(user: str, password: str, database: str = "") -> str:
    """Return a URL of the tests' PostgreSQL."""
    settings = connection.settings_dict
    host, port = quote(settings["HOST"], safe=""), settings["PORT"] or 5432
    name = database or settings["NAME"]
    return f"postgres://{user}:{quote(password, safe='')}@{host}:{port}/{name}"


def own_url(database: str = "") -> str:
    settings: dict[str, Any] = connection.settings_dict
    return url_of(settings["USER"], settings["PASSWORD"], database)


@pytest.mark.django_db
def test_a_database_that_lets_us_in_is_taken() -> None:
    given_servers.check_server("DATABASE_URL", own_url())


@pytest.mark.django_db
def test_an_unknown_user_or_database_is_told() -> None:
    for url in (own_url("nowhere"), url_of("nobody", "secret")):
        told = refusal("DATABASE_URL", url)
        assert told.startswith("DATABASE_URL: PostgreSQL cannot be used (")
        assert told.endswith("or unset DATABASE_URL to use the one that comes along")
        assert "secret" not in told


def test_a_user_who_may_not_make_tables_is_told(stranger: str) -> None:
    told = refusal("DATABASE_URL", url_of(stranger, "right"))
    assert "may not make tables" in told
    assert f"TO {stranger}" in told


@pytest.mark.django_db
def test_an_old_server_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_servers, "_OLDEST", 99)
    assert "too old, 99 or newer" in refusal("DATABASE_URL", own_url())


REDIS = os.environ.get("REDIS_URL", "")


def redis_url(login: str, database: int = 0) -> str:
    """Return a URL of the tests' Redis with another user and password."""
    parts = urlsplit(REDIS)
    if parts.scheme == "unix":
        return f"unix://{login}@{parts.path}?db={database}"
    return f"redis://{login}@{parts.hostname}:{parts.port or 6379}/{database}"


@pytest.fixture
def guest() -> Iterator[str]:
    """A user of the tests' Redis; yields the name."""
    name = "guest_of_tests"
    with redis.Redis.from_url(REDIS) as client:
        client.acl_setuser(name, enabled=True, passwords=["+right"], categories=["+@all"])
        yield name
        client.acl_deluser(name)


def test_a_redis_that_lets_us_in_is_taken(guest: str) -> None:
    given_servers.check_server("REDIS_URL", redis_url(f"{guest}:right"))


def test_a_wrong_password_of_redis_is_told(guest: str) -> None:
    told = refusal("REDIS_URL", redis_url(f"{guest}:secret"))
    assert told.startswith("REDIS_URL: Redis cannot be used (invalid username-password")
    assert "secret" not in told


def test_a_database_that_redis_has_not_is_told(guest: str) -> None:
    """Some services have one database only, and three are needed."""
    told = refusal("REDIS_URL", redis_url(f"{guest}:right", 9_999))
    assert "out of range" in told
