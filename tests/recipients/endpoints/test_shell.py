import json
import time
from pathlib import Path

import pytest

from recipients.endpoints.base import DeliveryError, Verdict
from tests.recipients.endpoints.test_kinds import a_message, an_alert, send

HOST = {"entity_id": 1, "alert_id": 27, "action": "engage", "ifid": 0, "ip": "192.168.1.93",
        "json": '{"message": "too many logins"}'}  # fmt: skip


@pytest.fixture
def scripts(settings, tmp_path):
    settings.SCRIPTS_DIR = tmp_path / "scripts"
    settings.SCRIPTS_DIR.mkdir()

    def put(name, text, mode=0o755):
        path = settings.SCRIPTS_DIR / name
        path.write_text(text)
        path.chmod(mode)
        return path

    return put


def run(script="x.sh", alert=None, **how):
    item = an_alert(ntopng=HOST if alert is None else alert)
    return send("shell", a_message([item]), None, script=script, **how)


def test_it_gets_one_line_without_an_end_and_then_the_end(scripts, tmp_path):
    scripts("x.sh", f'#!/bin/sh\ncat > {tmp_path}/in\necho done "$1" "$2"\n')
    answer = run(options="--level 'two words'")
    raw = (tmp_path / "in").read_bytes()
    assert json.loads(raw) == HOST and b"\n" not in raw
    assert (answer.status, answer.text) == (0, "done --level two words")


@pytest.mark.parametrize("ip", ["192.168.1.93", "2001:db8::93"])
def test_a_handler_that_reads_like_ntopngs_runs_unchanged(scripts, tmp_path, ip):
    """What ntopng's published handler relies on: readlines()[0], json in json, ip, ifid."""
    log = tmp_path / "handler.log"
    scripts(
        "event_handler.py",
        f"""#!/usr/bin/env python3
import json, sys
alert = json.loads(sys.stdin.readlines()[0])
if alert["entity_id"] == 1 and alert["alert_id"] == 27:
    message = json.loads(alert["json"])["message"]
    with open({str(log)!r}, "a") as file:
        file.write(f"{{alert['ifid']}} {{alert['ip']}} {{message}}\\n")
""",
    )
    run("event_handler.py", {**HOST, "ip": ip})
    assert log.read_text() == f"0 {ip} too many logins\n"


@pytest.mark.parametrize(
    ("execution", "action", "runs"),
    [
        ("always", "engage", True),
        ("always", "store", True),
        ("engage", "engage", True),
        ("engage", "release", False),
        ("engage", "store", False),
        ("release", "release", True),
        ("release", "engage", False),
        ("release", "", True),
    ],
)
def test_it_runs_at_the_actions_that_ntopng_runs_it_at(scripts, execution, action, runs):
    scripts("x.sh", "#!/bin/sh\necho ran\n")
    answer = run(execution=execution, alert={**HOST, "action": action})
    assert (answer.text == "ran") is runs


def test_it_sees_no_secret_of_the_platform(scripts, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://hush")
    scripts("x.sh", "#!/bin/sh\nenv\n")
    answer = run()
    assert "hush" not in answer.text and "NTOPWEB" not in answer.text


@pytest.mark.parametrize(("code", "verdict"), [(75, Verdict.RETRY), (1, Verdict.REFUSED)])
def test_an_exit_code_says_whether_to_try_again(scripts, code, verdict):
    scripts("x.sh", f"#!/bin/sh\necho why >&2\nexit {code}\n")
    with pytest.raises(DeliveryError, match="why") as refused:
        run()
    assert (refused.value.verdict, refused.value.status) == (verdict, code)


def test_one_that_runs_too_long_is_killed_with_its_children(scripts, tmp_path):
    scripts("x.sh", f"#!/bin/sh\necho begun\nsleep 30 & echo $! > {tmp_path}/pid\nwait\n")
    began = time.monotonic()
    with pytest.raises(DeliveryError, match="longer than 1 s and was killed: begun"):
        run(timeout=1)
    assert time.monotonic() - began < 5
    child = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    command = Path(f"/proc/{child}/cmdline")
    while command.exists() and command.read_text():
        assert time.monotonic() < deadline


def test_an_endless_output_is_cut(scripts):
    scripts("x.sh", "#!/bin/sh\nyes | head -c 10000000\n")
    assert len(run().text) <= 4000


def test_one_that_reads_nothing_is_fine(scripts):
    scripts("x.sh", "#!/bin/sh\nexec <&-\necho ok\n")
    assert run(alert={**HOST, "json": "x" * 60_000}).text == "ok"


def test_what_it_leaves_running_is_not_waited_for(scripts):
    scripts("x.sh", "#!/bin/sh\nsleep 3 &\necho ok\n")
    began = time.monotonic()
    assert run().text == "ok"
    assert time.monotonic() - began < 2.5


def test_only_executable_scripts_of_the_folder_run(scripts, tmp_path):
    outside = tmp_path / "evil.sh"
    outside.write_text("#!/bin/sh\necho evil\n")
    outside.chmod(0o755)
    (tmp_path / "scripts" / "link.sh").symlink_to(outside)
    scripts("plain.sh", "#!/bin/sh\n", mode=0o644)
    for name, reason in (
        ("none.sh", "no script none.sh"),
        ("link.sh", "no script link.sh"),
        ("plain.sh", "not executable"),
    ):
        with pytest.raises(DeliveryError, match=reason) as refused:
            run(name)
        assert refused.value.verdict is Verdict.DISABLED


def test_options_reach_no_shell(scripts, tmp_path):
    scripts("x.sh", '#!/bin/sh\nprintf "%s|" "$@"\n')
    assert run(options=f"; touch {tmp_path}/evil $(id)").text == f";|touch|{tmp_path}/evil|$(id)|"
    assert not (tmp_path / "evil").exists()
    with pytest.raises(DeliveryError, match="options"):
        run(options="'open")
