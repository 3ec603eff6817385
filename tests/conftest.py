"""What holds for all tests: when one is skipped, what a skip is worth, who shares a worker, and
which tests run once for each way of partitioning.
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django.plugin import blocking_manager_key

from tests.timescale import database

#: Markers whose tests share one worker: they need the same thing, or start many processes.
ONE_WORKER = ("pipeline", "timescale", "netns", "browser")

#: Folders whose tests read or write the tables that are cut by time.
ON_BOTH_WAYS = ("monitoring/storage", "monitoring/history", "monitoring/api", "pipeline")
DATABASE_FIXTURES = {"db", "django_db_setup"}
#: Fixtures whose tests end with an empty database.
EMPTYING = {"transactional_db", "live_server"}
MADE_BY_MIGRATIONS = {
    "monitoring.migrations.0002_storage_and_local_networks": "add_local_networks",
    "recipients.migrations.0002_default_recipient_and_inhibition": "make",
}
WAYS = ("native", pytest.param("timescale", marks=pytest.mark.timescale))

#: Redis databases that one worker uses; see ntopweb.settings.redis_database.
DATABASES_PER_WORKER = 3


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker Redis databases of its own, as pytest-django gives it a database."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if number:
        use_redis(number * DATABASES_PER_WORKER)


def use_redis(offset: int) -> None:
    """Move this process and its children ``offset`` Redis databases on."""
    from django.conf import settings

    import ntopweb.settings as ours

    os.environ["REDIS_URL"] = ours.redis_database(offset)
    importlib.reload(ours)
    for name in ("REDIS_URL", "CACHES", "CHANNEL_LAYERS", "CELERY_BROKER_URL"):
        setattr(settings, name, getattr(ours, name))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of storage twice: on native partitions, and on hypertables."""
    folder = Path(metafunc.module.__file__).parent.relative_to(Path(__file__).parent)
    is_one = any(folder.is_relative_to(one) for one in ON_BOTH_WAYS)
    has_database = metafunc.definition.get_closest_marker("django_db")
    if is_one and (has_database or DATABASE_FIXTURES.intersection(metafunc.fixturenames)):
        metafunc.parametrize("partitioning", WAYS, indirect=True, scope="session")


@pytest.fixture(scope="session", autouse=True)
def partitioning(request: pytest.FixtureRequest) -> Iterator[str]:
    """Use a database with that way of partitioning; "native" unless a test says otherwise."""
    way = getattr(request, "param", "native")
    if way == "native":
        yield way
        return
    request.getfixturevalue("django_db_setup")
    blocker = request.getfixturevalue("django_db_blocker")
    with blocker.unblock(), database.in_place():
        yield way


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let the ids of checks begin anew: every test makes their settings, and they are small."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE checks_checksetting_id_seq CYCLE")


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Forget what a process keeps: it outlives a test's database."""
    from checks.scores import SCORES
    from monitoring.enrichment import context
    from monitoring.ingest import names, view

    names.forget()
    context.forget()
    SCORES.forget()
    view._trusted.clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of a marker that cannot run twice at a time on one worker."""
    for item in items:
        for name in ONE_WORKER:
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.xdist_group(name))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, with a line that says what it takes."""
    for name in ("browser", "tshark", "timescale", "curl"):
        if item.get_closest_marker(name) and (reason := what_is_missing(name)):
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Leave the database as it was made where a test without a transaction wrote to it."""
    yield
    if nextitem is None:  # the database has gone, too
        return
    marker = item.get_closest_marker("django_db")
    names = getattr(item, "fixturenames", ())
    if (marker and marker.kwargs.get("transaction")) or EMPTYING.intersection(names):
        with item.config.stash[blocking_manager_key].unblock():
            finish_the_flush()


def finish_the_flush() -> None:
    """Empty the tables that no model manages, which Django leaves; make what migrations make.

    That are the local networks, the recipient in the interface and the inhibition rules.
    """
    from django.apps import apps
    from django.db import connection

    from monitoring.storage.tables import TABLES

    names = ", ".join([*(table.name for table in TABLES), "flow_live"])
    with connection.schema_editor() as editor:
        editor.execute(f"TRUNCATE {names}")
        for module, function in MADE_BY_MIGRATIONS.items():
            getattr(importlib.import_module(module), function)(apps, editor)


def what_is_missing(marker: str) -> str:
    """Return what the tests of a marker lack here; "" when nothing."""
    if marker == "timescale":
        return database.missing()
    program = "chromium" if marker == "browser" else marker
    return "" if shutil.which(program) else f"needs {program}: apt install {program}"


def everything_must_run() -> bool:
    """Return whether a skip is a failure, as in CI."""
    return os.environ.get("NTOPWEB_REQUIRE_ALL") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failed one where everything must run."""
    report = yield
    if report.skipped and everything_must_run() and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where everything must run: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped module into a failed one where everything must run."""
    report = yield
    if report.skipped and everything_must_run():
        report.outcome = "failed"
        report.longrepr = f"skipped where everything must run: {report.longrepr}"
    return report
