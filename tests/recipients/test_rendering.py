import time

import pytest
from django.core.exceptions import ValidationError

from recipients.rendering import fill, sample_item, validate_template, write


def message(items=None, **how):
    items = [sample_item()] if items is None else items
    said = {"key": "k", "reason": "news", "total": len(items), "severity": "error"}
    return write(items, **{**said, "created_at": "2026-11-24T12:00:00+00:00", **how})


@pytest.mark.parametrize("entity", ["10.0.0.1", "2001:db8::1"])
def test_the_usual_words_say_what_where_and_since_when(entity):
    item = sample_item(
        entity=entity, interface="eth0", message="too much", count=3, url="https://x/7/"
    )
    found = message([item], zone="Europe/Rome")
    assert found.subject == f"Test of ntopweb: {entity} (notice)"
    assert found.text.splitlines() == [
        "ENGAGED · notice 10 · Test of ntopweb",
        "too much",
        f"{entity} on eth0, 3× since 2026-11-24 13:00:00 CET",
        "https://x/7/",
    ]


@pytest.mark.parametrize(
    ("how", "subject"),
    [
        ({"items": [sample_item(kind="released")]}, "Over: Test of ntopweb: 192.0.2.10 (notice)"),
        ({"reason": "repeat"}, "Still: Test of ntopweb: 192.0.2.10 (notice)"),
        ({"items": [sample_item()] * 2}, "2 alerts, highest error"),
        ({"total": 900, "reason": "overflow"}, "900 alerts, highest error, over the rate cap"),
    ],
)
def test_subjects_say_what_kind_of_message_it_is(how, subject):
    assert message(**how).subject == subject


def test_what_is_not_among_the_items_is_counted():
    assert message(total=100).text.endswith("… and 99 more.")


def test_a_template_sees_the_items():
    found = message(
        subject="{{ total }} {{ severity | upper }}",
        body="{{ items[0].title }} at {{ items[0].at | clock('America/New_York') }}",
    )
    assert found.subject == "1 ERROR"
    assert found.text == "Test of ntopweb at 2026-11-24 07:00:00 EST"


def test_a_subject_is_one_line_whatever_a_host_is_called():
    item = sample_item(entity="evil\r\nBcc: all@example.org")
    assert "\n" not in message([item]).subject and "\r" not in message([item]).subject


HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ items.__class__ }}",
    "{{ items[0].__init__.__globals__ }}",
    "{{ 'a' * 10**9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ [1] * 1000000000 }}",
    "{{ 2 ** 99999999 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:1000000000}'.format(1) }}",
    "{{ 'x'.center(1000000000) }}",
    "{{ 'x' | center(1000000000) }}",
    "{% for i in range(1000000000) %}{% endfor %}",
    "{% for a in items %}" * 3 + "{% endfor %}" * 3,
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ self.__init__ }}",
    "{{ items | map(attribute='__class__') | first }}",
]


@pytest.mark.parametrize("source", HOSTILE)
def test_a_template_gets_nowhere(source):
    began = time.process_time()
    with pytest.raises(ValidationError):
        validate_template(source)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{{ items[0].colour }}", "colour"),
        ("{% for %}", "line 1: "),
        ("ok\n{{ 1 / 0 }}", "division by zero"),
    ],
)
def test_a_wrong_template_says_where_and_why(source, reason):
    with pytest.raises(ValueError, match=reason):
        fill(source, {"items": [sample_item().as_json()]})


def test_a_text_cannot_grow_without_end():
    wide = "{% for a in items %}{% for b in items %}" + "x" * 1000 + "{% endfor %}{% endfor %}"
    with pytest.raises(ValueError, match="more than 100000 characters"):
        message([sample_item()] * 50, body=wide)
