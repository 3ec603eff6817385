"""The servers that ``DATABASE_URL`` and ``REDIS_URL`` name: there, open to us, fit for the work."""

from __future__ import annotations

import os
import socket
from typing import Any, Final
from urllib.parse import urlsplit

import dj_database_url
import psycopg
import redis

from ntopweb.up.fault import Fault

#: What each variable names, and its usual port.
SERVERS: Final = {"DATABASE_URL": ("PostgreSQL", 5432), "REDIS_URL": ("Redis", 6379)}
_PATIENCE: Final = 5  # seconds for a server to answer
#: The oldest PostgreSQL that Django 5.2 works with.
_OLDEST: Final = 14
#: REDIS_URL's database and those after it that are used, round the 16 of a Redis; see settings.
_REDIS_DATABASES: Final = 3


def is_given(variable: str) -> bool:
    """Return whether the environment names that server; an empty variable names none."""
    return bool(os.environ.get(variable))


def check_given() -> None:
    """Raise Fault for the first server of the environment that the platform cannot work with."""
    for variable in filter(is_given, SERVERS):
        check_server(variable, os.environ[variable])


def check_server(variable: str, url: str) -> None:
    """Raise Fault, which never holds the password, unless a URL's server lets us in and to work."""
    check_reachable(variable, url)
    use = use_database if variable == "DATABASE_URL" else use_redis
    try:
        use(url)
    except (ValueError, psycopg.ProgrammingError):
        raise _no_url(variable) from None
    except (psycopg.Error, redis.RedisError) as error:
        raise Fault(
            f"{variable}: {SERVERS[variable][0]} cannot be used ({_reason(error)}): correct "
            f"the URL, or unset {variable} to use the one that comes along"
        ) from None


def check_reachable(variable: str, url: str) -> None:
    """Raise Fault when nothing listens where a URL points; sockets in files are not asked."""
    kind, usual = SERVERS[variable]
    try:
        host, port = urlsplit(url).hostname, urlsplit(url).port or usual
    except ValueError:
        raise _no_url(variable) from None
    if not host or "%" in host:
        return
    try:
        socket.create_connection((host, port), _PATIENCE).close()
    except OSError as error:
        raise Fault(
            f"{variable}: no {kind} answers at {host}:{port} ({error.strerror or error}): start "
            f"it, correct the URL, or unset {variable} to use the one that comes along"
        ) from None


def use_database(url: str) -> None:
    """Log in; raise Fault when the server is too old or this user may not make tables."""
    found = dj_database_url.parse(url)
    if not found["ENGINE"].endswith(".postgresql"):
        raise Fault("DATABASE_URL does not name a PostgreSQL: it begins with postgres://")
    with psycopg.connect(**_parameters(found)) as connection:
        if (major := connection.info.server_version // 10_000) < _OLDEST:
            raise Fault(
                f"DATABASE_URL: PostgreSQL {major} is too old, {_OLDEST} or newer is needed: name "
                f"another, or unset DATABASE_URL to use the one that comes along"
            )
        _check_tables_can_be_made(connection)


def _parameters(found: Any) -> dict[str, Any]:
    """Return psycopg's parameters for what Django is told."""
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST"}
    given = {ours: found[theirs] for ours, theirs in (*names.items(), ("port", "PORT"))}
    options = {"connect_timeout": _PATIENCE, **found.get("OPTIONS", {})}
    return {name: value for name, value in {**given, **options}.items() if value}


def _check_tables_can_be_made(connection: psycopg.Connection[Any]) -> None:
    query = (
        "SELECT current_user, current_database(), current_schema(),"
        " has_schema_privilege(current_schema(), 'CREATE')"
    )
    user, database, schema, may_create = connection.execute(query).fetchone() or (None,) * 4
    if not may_create:
        raise Fault(
            f"DATABASE_URL: {user} may not make tables in database {database}: as its owner run "
            f"GRANT ALL ON SCHEMA {schema or 'public'} TO {user}"
        )


def use_redis(url: str) -> None:
    """Log in and select each of the databases that are used."""
    with redis.Redis.from_url(
        url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE
    ) as client:
        first = int(client.connection_pool.connection_kwargs.get("db") or 0)
        for number in range(first, first + _REDIS_DATABASES):
            client.execute_command("SELECT", number % 16)


def _no_url(variable: str) -> Fault:
    return Fault(f"{variable} is not a URL: see docs/settings.md, or unset it")


def _reason(error: Exception) -> str:
    """Return what a server said, in one line."""
    return " ".join(str(error).rpartition("FATAL:")[2].split()).rstrip(".")
