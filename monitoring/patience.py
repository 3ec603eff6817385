"""How long PostgreSQL may work on what users ask, who can make it as costly as they like."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled


class TooSlow(Exception):
    """A statement took longer than its time; the text says what to do about it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The database has not answered within {seconds:g} seconds. Ask for less: a shorter "
            "time range, one interface or host, or a simpler condition."
        )


@contextmanager
def within_seconds(seconds: float) -> Iterator[None]:
    """Run what is inside in a transaction whose statements may each take so many seconds.

    Raises TooSlow when one takes longer; nothing of the transaction is kept then.
    """
    is_within_another = connection.in_atomic_block
    try:
        with transaction.atomic():
            before = _limit_statements(f"{int(seconds * 1000)}ms")
            yield
            if is_within_another:  # else the limit ends with the transaction
                _limit_statements(before)
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow(seconds) from error
        raise


def patiently(*, whole: bool = False) -> AbstractContextManager[None]:
    """Return the time limit of a page, or of each part of a ``whole`` list that is streamed."""
    seconds = settings.QUERY_SECONDS_OF_A_STREAM if whole else settings.QUERY_SECONDS
    return within_seconds(seconds)


def _limit_statements(value: str) -> str:
    """Set PostgreSQL's limit until the transaction ends, and return what it was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'),"
            " set_config('statement_timeout', %s, true)",
            [value],
        )
        return str(cursor.fetchone()[0])
