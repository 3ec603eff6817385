"""The pages of scripts: who may do what, what a save refuses, trials, versions, files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from checks.lua.exchange import from_file, to_file
from checks.lua.models import Script
from checks.lua.starters import starters
from monitoring.models import HostPool

pytestmark = pytest.mark.django_db


def fields(**changed: Any) -> dict[str, Any]:
    return {
        "name": "mine", "description": "", "target": "flow_end", "state": "enabled",
        "source": "return 0", "examples": "[]", **changed,
    }  # fmt: skip


def saved(client: Client, **changed: Any) -> Script:
    answer = client.post("/scripts/new/", fields(**changed))
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return Script.objects.get()


def test_a_script_is_written_with_values_pools_and_examples_that_hold(admin: Client) -> None:
    pool = HostPool.objects.create(name="servers")
    source = (
        "-- @param port number 443 The port\n"
        "if flow.srv_port() == flow.param('port') then flow.triggerAlert(10, 'x') end"
    )
    examples = [
        {"name": "v4", "row": {"server": "10.0.0.9", "server_port": 23}, "alerts": True},
        {"name": "v6", "row": {"server": "2001:db8::9", "server_port": 443}, "alerts": False},
    ]
    script = saved(
        admin, source=source, value_port="23", pools=[pool.pk], examples=json.dumps(examples)
    )
    assert script.values() == {"port": 23}
    assert list(script.pools.all()) == [pool]
    assert script.examples.count() == 2
    assert b"value_port" in admin.get(f"/scripts/{script.pk}/").content


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"source": "if x then"}, "script:1:"),
        ({"source": "-- @param x"}, "line 1: write -- @param"),
        ({"source": "-- @param x number 1\nreturn 0", "value_x": "much"}, "x: must be a number"),
        ({"examples": "{"}, "no JSON"),
        ({"examples": '[{"name": "e"}]'}, "each needs a row"),
        ({"examples": '[{"row": {"colour": 1}}]'}, "there is no such column of a flow"),
        ({"examples": '[{"name": "old", "row": {}}]'}, "old: must alert, and does not"),
        ({"examples": '[{"row": {"server": "nowhere"}}]'}, "server: "),
        ({"name": ""}, "cannot be blank"),
        ({"target": "never"}, "not a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason_and_stays_in_the_form(
    admin: Client, changed: dict[str, str], reason: str
) -> None:
    answer = admin.post("/scripts/new/", fields(**changed, note="why"))
    assert answer.status_code == 200
    assert not Script.objects.exists()
    context = answer.context
    assert reason in " ".join(context["reasons"].values())
    assert context["draft"].source == changed.get("source", "return 0")
    assert context["note"] == "why"


def test_two_scripts_of_one_name_are_refused(admin: Client) -> None:
    saved(admin)
    assert admin.post("/scripts/new/", fields()).context["reasons"]


def test_a_viewer_looks_and_changes_nothing(admin: Client, viewer: Client) -> None:
    script = saved(admin)
    assert viewer.get("/scripts/").status_code == 200
    assert viewer.get(f"/scripts/{script.pk}/").status_code == 200
    assert viewer.post(f"/scripts/{script.pk}/", fields(source="return 1")).status_code == 403
    assert viewer.post(f"/scripts/{script.pk}/act/", {"action": "off"}).status_code == 403
    assert Client().get("/scripts/").status_code == 302
    script.refresh_from_db()
    assert (script.source, script.state) == ("return 0", "enabled")


def test_versions_are_shown_and_rolled_back(admin: Client) -> None:
    script = saved(admin)
    admin.post(f"/scripts/{script.pk}/", fields(source="return 1", note="one"))
    assert "+return 1" in admin.get(f"/scripts/{script.pk}/").content.decode()
    admin.post(f"/scripts/{script.pk}/versions/1/")
    assert script.source == "return 0"
    assert [version.number for version in script.versions.all()] == [3, 2, 1]


def test_a_version_that_fails_its_examples_is_not_brought_back(admin: Client) -> None:
    script = saved(admin)
    must = json.dumps([{"name": "old server", "row": {"server_port": 23}}])
    source = "if flow.srv_port() == 23 then flow.triggerAlert(9, 'x') end"
    admin.post(f"/scripts/{script.pk}/", fields(source=source, examples=must))
    answer = admin.post(f"/scripts/{script.pk}/versions/1/", follow=True)
    assert script.source == source
    assert "Version 1 is not brought back. old server: must alert" in answer.content.decode()


def test_a_quarantined_script_is_let_run_again_from_its_page(admin: Client) -> None:
    script = saved(admin)
    for _ in range(2):
        script.blame("it ran too long", datetime.now(UTC))
    page = admin.get(f"/scripts/{script.pk}/").content.decode()
    assert "it ran too long" in page
    assert "Run again" in page
    answer = admin.post(f"/scripts/{script.pk}/act/", {"action": "forgive", "next": "script"})
    assert answer.url == f"/scripts/{script.pk}/"
    script.refresh_from_db()
    assert script.is_running


def test_switches_and_forgiving(admin: Client) -> None:
    script = saved(admin)
    script.blame("slow", datetime.now(UTC))
    script.blame("slow", datetime.now(UTC))
    assert b"Quarantined" in admin.get("/scripts/").content
    admin.post(f"/scripts/{script.pk}/act/", {"action": "forgive"})
    admin.post(f"/scripts/{script.pk}/act/", {"action": "shadow"})
    script.refresh_from_db()
    assert (script.state, script.quarantined_at) == ("shadow", None)
    admin.post(f"/scripts/{script.pk}/act/", {"action": "delete"})
    assert not Script.objects.exists()


def test_the_list_explains_itself_when_empty(admin: Client) -> None:
    page = admin.get("/scripts/").content.decode()
    assert "No script yet" in page
    for starter in starters():
        assert starter.title in page


@pytest.mark.parametrize("starter", starters(), ids=lambda starter: starter.key)
def test_a_starter_can_be_saved_as_it_is(admin: Client, starter: Any) -> None:
    assert starter.source.splitlines()[0] in (
        admin.get(f"/scripts/new/?from={starter.key}").context["draft"].source
    )
    saved(admin, source=starter.source, target=starter.target)


@pytest.mark.parametrize(
    ("source", "error", "line"),
    [("return 0", "", 0), ("\nif x", "2: ", 2), ("-- @param x colour 1", "line 1: ", 1)],
)
def test_the_syntax_is_checked_while_typing(
    admin: Client, source: str, error: str, line: int
) -> None:
    said = admin.post("/scripts/syntax/", {"source": source}).json()
    assert said["error"].startswith(error)
    assert bool(said["error"]) == bool(error)
    assert said["line"] == line


def test_what_is_declared_is_known_while_the_rest_is_not_yet_lua(admin: Client) -> None:
    said = admin.post("/scripts/syntax/", {"source": "-- @param port number 443\nif x"}).json()
    assert said["error"].startswith("2: ")
    assert [one["name"] for one in said["parameters"]] == ["port"]


def test_a_script_goes_out_and_comes_back_as_one_file(admin: Client) -> None:
    script = saved(
        admin,
        source="-- @param limit number 5\nreturn 0",
        value_limit="7",
        examples=json.dumps([{"name": "quiet", "row": {}, "alerts": False}]),
    )
    file = admin.get(f"/scripts/{script.pk}/export/")
    assert file["Content-Disposition"].endswith('"mine.lua"')
    text = file.content.decode()
    script.delete()
    admin.post("/scripts/import/", {"file": SimpleUploadedFile("any.lua", text.encode())})
    back = Script.objects.get()
    assert (back.name, back.target, back.values(), back.state) == (
        "mine",
        "flow_end",
        {"limit": 7},
        "off",
    )
    assert to_file(back) == text


def test_ntopngs_own_file_is_a_source(admin: Client) -> None:
    text = b"-- (C) somebody\nif(flow.srv_port() == 53) then dump_flow() end\nreturn(0)\n"
    admin.post("/scripts/import/", {"file": SimpleUploadedFile("custom.lua", text)})
    assert Script.objects.get().name == "custom"
    assert from_file(text.decode()).examples == []


@pytest.mark.parametrize(
    "content",
    [
        *(b"\xff\xfe", b"-- @target never\nreturn 0", b"-- @values [\nreturn 0", b"x" * 300_000),
        *(b"if x", b'-- @example {"row": []}\nreturn 0', b'-- @example {"row": {}}\nreturn 0'),
    ],
)
def test_a_file_that_is_no_script_is_refused(admin: Client, content: bytes) -> None:
    admin.post("/scripts/import/", {"file": SimpleUploadedFile("x.lua", content)})
    assert not Script.objects.exists()
