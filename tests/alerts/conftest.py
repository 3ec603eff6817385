import pytest
from django.contrib.auth.models import Permission, User
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


@pytest.fixture
def cast(db):
    """Who there is: an admin, an operator, a viewer, and a stranger without rights."""
    people = {name: User.objects.create_user(name, is_staff=True) for name in _RIGHTS}
    people["admin"] = User.objects.create_superuser("admin")
    for name, codenames in _RIGHTS.items():
        people[name].user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return people


_RIGHTS = {
    "operator": ["view_alert", "change_alert", "view_interface", "add_exclusion"],
    "viewer": ["view_alert"],
    "stranger": [],
}
