"""What is found is what is on the disk."""

from __future__ import annotations

import ast
import csv
import types
from pathlib import Path

import pytest

from capture_agent.schema import EVENT
from checks import definitions, registry
from checks.base import HIGHEST_SCORE
from checks.frames import FRAMES
from checks.parameters import dump, parameters_of
from checks.registry import discover
from checks.validation import validate

FOLDER = Path(definitions.__file__).parent
KEYS = list(discover())


def keys_on_disk():
    """Return the keys as written in the files: tables' rows, ``key = …``, or the file's name."""
    for path in FOLDER.glob("*/*.py"):
        if path.name == "__init__.py":
            continue
        tree = ast.parse(path.read_text())
        written = [
            node.value.value
            for kind in ast.walk(tree)
            if isinstance(kind, ast.ClassDef)
            for node in kind.body
            if isinstance(node, ast.Assign)
            and node.targets[0].id == "key"
            and isinstance(node.value, ast.Constant)
        ]
        table = path.with_suffix(".csv")
        if table.exists():
            with table.open() as file:
                written = [row["key"] for row in csv.DictReader(file)]
        yield from written or [path.stem]


def test_the_registry_has_what_the_disk_has():
    assert sorted(keys_on_disk()) == KEYS


def test_every_folder_of_definitions_is_a_package_and_a_frame():
    folders = {path.parent for path in FOLDER.glob("*/*.py")}
    assert all((folder / "__init__.py").exists() for folder in folders)
    assert {folder.name for folder in folders} <= set(FRAMES)


@pytest.mark.parametrize("key", KEYS)
def test_a_check_stands_in_its_frames_folder_and_is_complete(key):
    check = discover()[key]
    assert check.__module__.split(".")[2] == check.frame
    assert check.title and check.describe() and check.family
    assert 1 <= check.score <= HIGHEST_SCORE
    assert 0 <= check.client_share <= 100
    assert set(check.events) <= set(EVENT.categories)
    assert check.cooldown > 0
    assert {check.attacker, check.victim} <= {"", "client", "server", "host"}


@pytest.mark.parametrize("key", KEYS)
def test_a_checks_defaults_are_within_its_own_bounds_and_run_on_its_frame(key):
    check = discover()[key].of({})
    validate(check)
    assert discover()[key].of(dump(check)) == check
    assert all(parameter.title for parameter in parameters_of(check).values())


def test_a_key_used_twice_is_refused(monkeypatch):
    first, second = discover()["syn_flood"], discover()["dns_flood"]
    modules = [types.SimpleNamespace(__name__=n, CHECKS=(first,)) for n in ("one", "two")]
    monkeypatch.setattr(registry, "_modules", lambda package: modules)
    with pytest.raises(ValueError, match="two: the key 'syn_flood' is used twice"):
        discover.__wrapped__()
    modules[1].CHECKS = (second,)
    assert list(discover.__wrapped__()) == ["dns_flood", "syn_flood"]
