"""Settings as YAML: out and in, as a whole or not at all."""

from __future__ import annotations

import pytest
import yaml

from checks import exchange
from checks.exchange import ExchangeError
from checks.models import CheckSetting, Mode, Override, UserRule, sync_settings
from monitoring.models import HostPool
from tests.monitoring import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed():
    sync_settings()
    CheckSetting.objects.get(key="syn_flood").change(
        is_enabled=True, parameters={"threshold": 9}, score=7
    )
    pool = HostPool.objects.create(name="Servers")
    Override(check_key="syn_flood", pool=pool, parameters={"threshold": 8}).keep()
    Override(check_key="syn_flood", network="2001:db8::/32", is_enabled=False).keep()
    UserRule(title="Big", condition="bytes_to_server > 9", mode=Mode.ENABLED).keep()


def test_what_goes_out_comes_in_the_same(changed):
    text = exchange.dump()
    CheckSetting.objects.get(key="syn_flood").reset()
    Override.objects.all().delete()
    UserRule.objects.all().delete()
    exchange.load(text, None)
    assert exchange.dump() == text
    assert yaml.safe_load(text)["checks"]["syn_flood"] == {
        "enabled": True, "parameters": {"threshold": 9}, "score": 7,
    }  # fmt: skip


def test_the_same_again_changes_nothing(changed):
    text = exchange.dump()
    exchange.load(text, None)
    assert (exchange.dump(), Override.objects.count(), UserRule.objects.count()) == (text, 2, 1)


@pytest.mark.parametrize(("text", "reason"), [
    ("version: 2", "version: must be 1"),
    ("- 1", "version: must be 1"),
    ("a: [", "no YAML"),
    ("!!python/object/apply:os.system ['x']", "no YAML"),
    ("{version: 1, other: 1}", "other: is not known"),
    ("{version: 1, checks: [1]}", "checks: must be a mapping"),
    ("{version: 1, rules: 1}", "rules: must be a list"),
    ("{version: 1, checks: {none: {}}}", "checks.none: there is no such check"),
    ("{version: 1, checks: {syn_flood: {on: 1}}}", "checks.syn_flood: on is not known"),
    ("{version: 1, checks: {syn_flood: {enable: 1}}}", "checks.syn_flood: enable is not known"),
    ("{version: 1, checks: {syn_flood: {parameters: {threshold: 0}}}}", "threshold: must be from"),
    ("{version: 1, rules: [{title: x, condition: foo = 1}]}", "rules[0]: 'foo' is no column"),
    ("{version: 1, overrides: [{check: syn_flood, pool: none}]}", "overrides[0]: there is no pool"),
    ("{version: 1, overrides: [{check: syn_flood, network: x}]}", "is no address or network"),
    ("{version: 1, checks: {syn_flood: {enabled: 'off'}}}", "enabled: must be true or false"),
    ("{version: 1, checks: {syn_flood: {score: high}}}", "score: must be a whole number"),
    ("{version: 1, checks: {syn_flood: {parameters: [1]}}}", "parameters: must be a mapping"),
    ("{version: 1, rules: [{key: syn_flood, title: x, condition: vlan = 1}]}", "key: must begin"),
    ('{version: 1, rules: [{title: "a\\0", condition: vlan = 1}]}', "rules[0]: "),
])  # fmt: skip
def test_a_document_that_is_wrong_says_where(db, text, reason):
    with pytest.raises(ExchangeError) as caught:
        exchange.load(text, None)
    assert any(reason in said for said in caught.value.reasons) or "True is not known" in str(
        caught.value
    )


def test_one_wrong_entry_keeps_all_others_out(changed):
    text = "{version: 1, checks: {dns_flood: {enabled: true}, syn_flood: {score: 999}}}"
    CheckSetting.objects.get(key="dns_flood").change(is_enabled=False)
    with pytest.raises(ExchangeError, match=r"checks\.syn_flood"):
        exchange.load(text, None)
    assert not CheckSetting.objects.get(key="dns_flood").is_enabled


def test_a_check_that_is_mentioned_keeps_the_switch_that_is_not(changed):
    CheckSetting.objects.get(key="dns_flood").change(is_enabled=False)
    exchange.load("{version: 1, checks: {dns_flood: {score: 5}}}", None)
    found = CheckSetting.objects.get(key="dns_flood")
    assert (found.is_enabled, found.score) == (False, 5)


def test_a_rule_with_another_title_than_its_key_comes_in_once(changed):
    UserRule.objects.update(title="Huge")
    text = exchange.dump()
    UserRule.objects.all().delete()
    exchange.load(text, None)
    exchange.load(text, None)
    assert list(UserRule.objects.values_list("key", "title")) == [("own_big", "Huge")]


def test_an_interface_is_told_from_another_agents_of_that_name(db):
    for agent in ("east", "west"):
        interface = builders.an_interface("eth0", agent=builders.an_agent(agent))
        Override(check_key="syn_flood", interface=interface, score=len(agent)).keep()
    text = exchange.dump()
    exchange.load(text, None)
    assert exchange.dump() == text and Override.objects.count() == 2
    with pytest.raises(ExchangeError, match="of several agents"):
        exchange.load("{version: 1, overrides: [{check: syn_flood, interface: eth0}]}", None)
