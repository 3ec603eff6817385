"""Both translations say the same of the same rows, whatever the condition."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings

from checks.language import ConditionError, parse, stored, to_polars, to_sql
from tests.checks.language import rows
from tests.checks.language.texts import CONDITIONS, RUBBISH

pytestmark = pytest.mark.django_db
FLOWS = rows.flows()
FRESH = settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def saved():
    rows.save(FLOWS)


def picked(node):
    return sorted(FLOWS.filter(to_polars(node))["flow_id"].to_list())


def selected(node):
    """What PostgreSQL says; the SQL is of constants alone, values are parameters."""
    sql = to_sql(node)
    query = f"SELECT f.flow_id FROM {stored.TABLES} WHERE {sql.text} ORDER BY 1"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query, sql.parameters)
        return [row[0] for row in cursor.fetchall()]


@FRESH
@given(CONDITIONS)
@example("in_network(client, '::/0')")
@example("bytes_to_server / (l4 - l4) IS NULL")
@example("NOT (server_name = 'a')")
@example("lower(server_name) = 'é' OR server_name ILIKE '%É%'")
@example("coalesce(dns_rcode, 0) = 0 AND NOT (entropy > 0.1)")
@example("application IN ('TLS', 'DNS.Google') AND NOT category LIKE '%s'")
@example("bytes_to_server * bytes_to_server * bytes_to_server * bytes_to_server > 1e18")
def test_polars_and_postgresql_pick_the_same_rows(saved, text):
    node = parse(text, "flow")
    assert picked(node) == selected(node)


@settings(FRESH, max_examples=400)
@given(RUBBISH)
@example("(" * 3000)
@example("NOT " * 900 + "TRUE")
@example("'\0' = application")
@example("application = '\ud800'")
@example("1e400 = l4")
@example("client = 'fe80::1%eth0'")
@example("flow_id; DROP TABLE flow")
def test_rubbish_is_refused_with_a_reason_or_runs_in_both(saved, text):
    try:
        node = parse(text, "flow")
        sql = to_sql(node)
    except ConditionError as error:
        assert error.reason and error.pointed(text)
        return
    assert "drop" not in sql.text.lower() and ";" not in sql.text and "'%" not in sql.text
    assert picked(node) == selected(node)
