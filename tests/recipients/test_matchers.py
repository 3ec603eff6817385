import pytest
from django.core.exceptions import ValidationError

from recipients.matchers import Matcher, hold, parse_matchers, validate_matchers

LABELS = {
    "check": ("syn_scan",),
    "severity": ("error",),
    "host": ("10.0.0.1", "2001:db8::1"),
    "client": ("10.0.0.1",),
    "entity": ("10.0.0.1 → [2001:db8::1]:443",),
    "pool": (),
}


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ("check = syn_scan", True),
        ("check = syn_flood", False),
        ("check != syn_scan", False),
        ("check != syn_flood", True),
        ("check in syn_flood, syn_scan", True),
        ("check not in syn_flood, syn_scan", False),
        ("check ~ syn_*", True),
        ("check !~ syn_*", False),
        ("check ~ *flood", False),
        ("host = 10.0.0.1", True),
        ("host in 10.0.0.0/8", True),
        ("host in 10.0.0.2/31", False),
        ("host in 2001:db8::/32", True),
        ("host in 192.0.2.0/24, 2001:db8::/32", True),
        ("host not in 2001:db8::/32", False),
        ("host = 2001:0db8:0:0::1", True),
        ("host in 2001:db9::/32", False),
        ("entity ~ *[[]2001:db8::1]*", True),
        ("client in 10.0.0.0/24", True),
        ("pool = servers", False),
        ("pool != servers", True),
        ("severity in error, critical", True),
    ],
)
def test_a_condition_holds_as_it_reads(line, holds):
    assert Matcher.parse(line).holds(LABELS) is holds
    assert Matcher.parse(str(Matcher.parse(line))) == Matcher.parse(line)


def test_all_lines_must_hold_and_none_is_everything():
    both = parse_matchers("check = syn_scan\n\nhost in 10.0.0.0/8\n")
    assert len(both) == 2
    assert hold(both, LABELS)
    assert not hold(parse_matchers("check = syn_scan\nhost in 192.0.2.0/24"), LABELS)
    assert hold((), LABELS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense", "is no condition"),
        ("colour = red", "'colour' is none of"),
        ("severity = loud", "'loud' is none of"),
        ("host = router", "'router' is no address or network"),
        ("host in 10.0.0.0/33", "'10.0.0.0/33' is no address"),
        ("host in 2001:db8::/129", "is no address or network"),
        ("check =", "is no condition"),
        ("check = " + "x" * 600, "is no condition"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text, reason):
    with pytest.raises(ValidationError, match=reason.replace("(", r"\(")):
        validate_matchers("check = syn_scan\n" + text)


def test_a_hostile_pattern_takes_no_time():
    import time

    began = time.process_time()
    assert not Matcher.parse("entity ~ " + "*a" * 50 + "*b").holds({"entity": ("a" * 400,)})
    assert time.process_time() - began < 1
