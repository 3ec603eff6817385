"""What the language takes, what it refuses, and where the error points."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checks.frames import FRAMES
from checks.language import ConditionError, parse, to_polars, to_sql
from checks.language.columns import columns_of
from checks.language.functions import FUNCTIONS
from checks.language.to_polars import to_regex
from tests.checks.builders import a_flow, a_host, rows


def picks(text, *changes, frame="flow"):
    table = rows(frame, *changes)
    return table.select(to_polars(parse(text, frame)).alias("x"))["x"].to_list()


@pytest.mark.parametrize(("text", "word", "reason"), [
    ("foo = 1", "foo", "'foo' is no column of the flow frame"),
    ("l4 = 6 AND foo = 1", "foo", "no column"),
    ("l4 = 'tcp'", "'tcp'", "is a text, compared with a number"),
    ("client = '10.0.0.300'", "'10.0.0.300'", "is no IPv4 or IPv6 address"),
    ("client > '10.0.0.1'", "client > '10.0.0.1'", "an address has no order"),
    ("in_network(client, '2001:db8::/129')", "'2001:db8::/129'", "is no IPv4 or IPv6 network"),
    ("in_network(l4, '10.0.0.0/8')", "in_network(l4, '10.0.0.0/8'", "is used as in_network("),
    ("event = 'ende'", "'ende'", "is none of 'start', 'detected', 'update', 'end'"),
    ("event IN ('end', 'x')", "'x'", "is none of"),
    ("event = tunnel", "event = tunnel", "no word in common"),
    ("sleep(1) = 2", "sleep", "there is no function 'sleep'; there are: in_network"),
    ("hour('Berlin') = 1", "'Berlin'", "is no time zone"),
    ("has_risk('none')", "'none'", "is no risk of nDPI"),
    ("last_seen > 'yesterday'", "'yesterday'", "is no time"),
    ("client_mac = '00:11'", "'00:11'", "is no MAC address"),
    ("a = = 1", "=", "missing"),
    ("l4 = 6 6", "6", "does not belong here"),
    ("l4 = (SELECT 1)", "1", "not part of the condition language"),
    ("l4 = 6; DROP TABLE flow", "DROP", "does not belong here"),
    ("application LIKE 'a\\'", "'a\\'", "ends in a backslash"),
    ("l4 > 1e99", "1e99", "must be 0 or from 1e-12 to 1e+18"),
    ("bytes_to_server", "bytes_to_server", "is a number, not a condition"),
    ("l4 IN (l4)", "l4", "must be a number as a literal"),
])  # fmt: skip
def test_an_error_points_at_the_word(text, word, reason):
    with pytest.raises(ConditionError) as caught:
        parse(text, "flow")
    assert reason.replace("an address", "a address") in caught.value.reason
    assert text[caught.value.start : caught.value.end] == word
    assert f"at character {caught.value.start + 1}" in caught.value.pointed(text)


@pytest.mark.parametrize(("text", "reason"), [
    ("", "is empty"),
    ("application = 'x", "quote or a parenthesis"),
    ("l4 = 1 AND " * 400 + "l4 = 1", "longer than 4000"),
    ("NOT " * 60 + "TRUE", "nested more than 40 deep"),
    ("l4 = NULL", "not part of the condition language"),
    ("a.b = 1", "not part of the condition language"),
    ("l4 IS TRUE", "only IS NULL"),
    ("l4 IN ()", "the list is empty"),
    ("*".join(["l4"] * 8) + " > 1", "more than 6 multiplications"),
])  # fmt: skip
def test_what_is_no_condition_is_refused(text, reason):
    with pytest.raises(ConditionError, match=reason.replace("(", r"\(")):
        parse(text, "flow")


def test_a_column_that_is_not_stored_has_no_sql_but_runs_live():
    node = parse("client_list = 'spam'", "flow")
    assert to_polars(node) is not None
    with pytest.raises(ConditionError, match="'client_list' is not stored"):
        to_sql(node)


V4, V6 = a_flow(), a_flow("2001:db8::7", "2001:db8:f::9")


@pytest.mark.parametrize(("text", "expected"), [
    ("client = '10.0.0.7'", [True, False]),
    ("client = '2001:DB8::0007'", [False, True]),
    ("client = '::ffff:10.0.0.7'", [True, False]),
    ("client <> '10.0.0.7'", [False, True]),
    ("client IN ('10.0.0.7', '2001:db8::7')", [True, True]),
    ("in_network(client, '10.0.0.0/8')", [True, False]),
    ("in_network(client, '2001:db8::/32')", [False, True]),
    ("in_network(client, '::/0')", [False, True]),
    ("in_network(client, '0.0.0.0/0')", [True, False]),
    ("NOT in_network(server, '198.51.100.9')", [False, True]),
    ("is_local(client) AND NOT is_local(server)", [True, True]),
    ("APPLICATION = 'TLS' AND application <> 'tls'", [True, True]),
    ("NOT server_port = 443", [False, False]),
    ("1 / 0 IS NULL", [True]),
])  # fmt: skip
def test_both_ip_versions_in_every_way_to_name_an_address(text, expected):
    assert picks(text, V4, V6) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("server_name = 'a'", [True, False, None]),
    ("NOT server_name = 'a'", [False, True, None]),
    ("server_name = 'a' OR l4 = 6", [True, True, True]),
    ("server_name = 'a' AND l4 = 7", [False, False, False]),
    ("server_name NOT IN ('a')", [False, True, None]),
    ("server_name NOT LIKE 'a%'", [False, True, None]),
    ("coalesce(server_name, 'a') = 'a'", [True, False, True]),
    ("length(server_name) BETWEEN 1 AND 1", [True, True, None]),
])  # fmt: skip
def test_null_is_as_in_sql(text, expected):
    named = [a_flow(server_name=name) for name in ("a", "B", None)]
    assert picks(text, *named) == expected


def test_the_hour_is_the_zones_and_the_rows_own_time():

    late = a_flow(last_seen=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    for text in (
        "hour('UTC') = 23",
        "hour('Europe/Berlin') = 0",
        "hour() = 23",
        "weekday('UTC') = 2",
        "weekday('Europe/Berlin') = 3",
        "hour(first_seen, 'Asia/Kathmandu') = 5",
    ):
        late["first_seen"] = late["last_seen"].replace(hour=0, minute=0)
        assert picks(text, late) == [True], text


def test_other_frames_have_their_own_columns():
    hosts = a_host(), a_host("2001:db8::7", syn_sent=6)
    found = picks("host = '2001:db8::7' AND syn_sent > 5", *hosts, frame="host")
    assert found == [False, True]


@pytest.mark.parametrize("frame", FRAMES)
def test_every_frame_has_columns_that_conditions_can_name(frame):
    table = rows(frame, {})
    for column in columns_of(frame).values():
        node = parse(f"{column.name} IS NULL", frame)
        assert table.select(to_polars(node)).height == 1


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_the_usage_that_a_function_shows_is_right(function):
    usage = function.usage
    value = {"h": " > 1", "w": " > 1", "a": " > 1"}.get(usage[0], "")
    ending = {"lower": " = 'a'", "length": " > 1", "coalesce": " = 'a'"}
    text = usage + ending.get(usage.split("(")[0], "" if usage.startswith("has_") else value)
    assert parse(text, "flow").kind == "yes or no"


@pytest.mark.parametrize(("pattern", "ignores_case", "regex"), [
    ("a%_", False, "(?s)^a.*.$"),
    ("\\%é", False, "(?s)^\\x{25}\\x{e9}$"),
    ("aÉ", True, "(?s)^[aA]\\x{c9}$"),
])  # fmt: skip
def test_like_as_a_regular_expression(pattern, ignores_case, regex):
    assert to_regex(pattern, ignores_case) == regex
