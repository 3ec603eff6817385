"""Values at, just over and far from what each kind of parameter takes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from checks.base import HostCheck
from checks.parameters import (
    ParameterError,
    addresses,
    choice,
    countries,
    dump,
    names,
    number,
    parameters_of,
    parse,
    switch,
    text,
    vlans,
)


@dataclass(frozen=True)
class Example(HostCheck):
    """Has one of each."""

    limit: float = number("Limit", 10, unit="flows/s", minimum=1, maximum=100)
    count: float = number("Count", 5, minimum=0, maximum=9, is_integer=True)
    strict: bool = switch("Strict", True)
    mode: str = choice("Mode", "any", ("any", "all"))
    note: str = text("Note", "")
    servers: tuple[str, ...] = addresses("Servers", ("192.0.2.1",))
    lands: tuple[str, ...] = countries("Countries")
    words: tuple[str, ...] = names("Words")
    tags: tuple[str, ...] = vlans("VLANs")


GOOD = [
    ("limit", 1, 1),
    ("limit", 100, 100),
    ("limit", "2.5", 2.5),
    ("limit", 7.0, 7),
    ("count", "9", 9),
    ("strict", False, False),
    ("strict", "on", True),
    ("strict", "", False),
    ("mode", "all", "all"),
    ("note", "  a note ", "a note"),
    ("servers", ["192.0.2.1", "192.0.2.1/32"], ("192.0.2.1",)),
    ("servers", "2001:DB8::1\n192.0.2.7/24", ("2001:db8::1", "192.0.2.0/24")),
    ("servers", "10.0.0.0/8,2001:db8::/32", ("10.0.0.0/8", "2001:db8::/32")),
    ("servers", "", ()),
    ("lands", "cn, RU", ("CN", "RU")),
    ("words", ["BitTorrent"], ("BitTorrent",)),
    ("tags", [0, "4095"], ("0", "4095")),
]  # fmt: skip

BAD = [
    ("limit", 0.999, "must be from 1 to 100"),
    ("limit", 100.001, "must be from 1 to 100"),
    ("limit", "many", "must be a number"),
    ("limit", True, "must be a number"),
    ("limit", None, "must be a number"),
    ("limit", "nan", "must be finite"),
    ("limit", "1e999", "must be finite"),
    ("count", 4.5, "must be a whole number"),
    ("strict", "maybe", "must be true or false"),
    ("strict", 1, "must be true or false"),
    ("mode", "some", "must be one of any, all"),
    ("note", 7, "must be text"),
    ("note", "a" * 201, "longer than 200"),
    ("note", "a\x00b", "control characters"),
    ("servers", ["192.0.2.300"], "'192.0.2.300' is no address or network"),
    ("servers", 7, "must be a list"),
    ("servers", [None], "a member that is no text"),
    ("servers", [f"10.0.{n // 256}.{n % 256}" for n in range(1001)], "more than 1000"),
    ("lands", ["CHN"], "no ISO 3166 code"),
    ("words", [""], "an empty member"),
    ("tags", ["4096"], "no VLAN id"),
    ("tags", ["-1"], "no VLAN id"),
    ("other", 1, "is no parameter of this check"),
]


@pytest.mark.parametrize(("name", "value", "expected"), GOOD)
def test_a_good_value_is_typed(name, value, expected):
    typed = parse(Example, {name: value})[name]
    assert typed == expected
    assert type(typed) is type(expected)


@pytest.mark.parametrize(("name", "value", "reason"), BAD)
def test_a_bad_value_is_refused_with_the_field_and_the_reason(name, value, reason):
    with pytest.raises(ParameterError) as caught:
        parse(Example, {name: value})
    assert list(caught.value.reasons) == [name]
    assert reason in caught.value.reasons[name]
    assert str(caught.value).startswith(f"{name}: ")


def test_all_bad_fields_are_named_at_once():
    with pytest.raises(ParameterError) as caught:
        parse(Example, {"limit": 0, "mode": "x", "new": 1})
    assert set(caught.value.reasons) == {"limit", "mode", "new"}


def test_what_is_left_out_is_the_default():
    assert Example.of({}) == Example()
    assert Example.of({"limit": 20}) == Example(limit=20)


def test_what_was_dumped_parses_to_the_same():
    check = Example.of({"servers": "2001:db8::/32", "limit": 3.5, "strict": False})
    assert Example.of(dump(check)) == check
    assert dump(check)["servers"] == ["2001:db8::/32"]


def test_a_parameter_describes_itself():
    described = {name: parameter.describe() for name, parameter in parameters_of(Example).items()}
    assert described["limit"] == {
        "kind": "number",
        "title": "Limit",
        "default": 10,
        "unit": "flows/s",
        "help": "",
        "minimum": 1,
        "maximum": 100,
        "is_integer": False,
    }
    assert described["mode"]["options"] == ["any", "all"]
    assert described["servers"]["default"] == ["192.0.2.1"]
