import pytest
from django.db import connection, transaction

from alerts import findings
from monitoring.models import Agent, Interface
from tests.alerts.builders import evaluation, table


@pytest.fixture
def interface(db):
    agent = Agent.objects.create(name="here", token_hash="x")
    return Interface.objects.create(agent=agent, name="eth0", kind="live")


@pytest.fixture
def put(db):
    """Put what checks said of some rows into the queue, as the pipeline does."""

    def put(frame, rows, told, **how):
        seen = findings.aggregate(frame, table(frame, rows), evaluation(len(rows), told), **how)
        with transaction.atomic(), connection.cursor() as cursor:
            findings.write(cursor, seen)

    return put
