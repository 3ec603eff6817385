"""Making the virtual environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ntopweb.up import bootstrap
from ntopweb.up.fault import Fault


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose requirements are empty files."""
    (tmp_path / "capture_agent").mkdir()
    for name in bootstrap.DEVELOPMENT_FILES:
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def pip_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Requirements files with which pip would have run."""
    runs: list[str] = []
    monkeypatch.setattr(bootstrap, "make_venv", lambda venv: (venv / "bin").mkdir(parents=True))
    monkeypatch.setattr(bootstrap, "works", lambda venv: True)
    monkeypatch.setattr(bootstrap, "install", lambda root, venv, name: runs.append(name))
    return runs


def test_the_second_start_installs_nothing(project: Path, pip_runs: list[str]) -> None:
    for _ in range(2):
        bootstrap.prepare(project, project / ".venv", with_development=False)
    assert pip_runs == ["requirements.txt"]


def test_development_brings_what_running_needs(project: Path, pip_runs: list[str]) -> None:
    bootstrap.prepare(project, project / ".venv", with_development=True)
    bootstrap.prepare(project, project / ".venv", with_development=False)
    assert pip_runs == ["requirements-dev.txt"]


def test_a_changed_requirement_is_installed(
    project: Path, pip_runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.prepare(project, project / ".venv", with_development=False)
    (project / "capture_agent" / "requirements.txt").write_text("polars\n")
    monkeypatch.setattr(bootstrap, "make_venv", lambda venv: None)
    bootstrap.prepare(project, project / ".venv", with_development=False)
    assert pip_runs == ["requirements.txt"] * 2


def test_a_failed_installation_leaves_no_stamp(
    project: Path, pip_runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Fault("pip failed")

    monkeypatch.setattr(bootstrap, "install", fail)
    with pytest.raises(Fault):
        bootstrap.prepare(project, project / ".venv", with_development=False)
    assert bootstrap.stamps(project / ".venv") == set()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_missing_venv_module_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setattr(
        bootstrap.importlib.util, "find_spec", lambda name: None if name == module else object()
    )
    with pytest.raises(Fault, match="python3-venv"):
        bootstrap.make_venv(tmp_path / ".venv")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Fault, match="NTOPWEB_VENV"):
        bootstrap.make_venv(tmp_path / "file" / ".venv")


def test_a_venv_without_its_python_is_made_anew(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to("/nowhere/python3.9")
    bootstrap.make_venv(venv)
    assert bootstrap.run_quietly([str(bootstrap.python_of(venv)), "-m", "pip", "--version"]) == ""


def test_pip_s_output_becomes_a_line_a_package(capsys: pytest.CaptureFixture[str]) -> None:
    output = iter(
        [
            "Looking in links: /opt/wheels\n",
            "Collecting Django~=5.2.19 (from -r requirements.txt (line 4))\n",
            "  Downloading django-5.2.19-py3-none-any.whl (8.3 MB)\n",
            "Collecting uvicorn[standard]~=0.54.0 (from -r requirements.txt (line 10))\n",
            "Installing collected packages: uvicorn, Django\n",
        ]
    )
    count, tail = bootstrap.show_progress(output)
    assert count == 2
    assert len(tail) == 5
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["1", "Django"], ["2", "uvicorn"], ["unpacking", "2", "packages"]]


def test_what_pip_says_when_it_fails_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "requirements.txt").write_text("-r there-is-no-such-file.txt\n")
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"  # no link: that would be the Python below the venv
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    with pytest.raises(Fault, match="pip failed"):
        bootstrap.install(tmp_path, tmp_path, "requirements.txt")
    assert "there-is-no-such-file.txt" in capsys.readouterr().err


def test_another_folder_for_the_venv_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NTOPWEB_VENV", raising=False)
    assert bootstrap.venv_folder(Path("/project")) == Path("/project/.venv")
    monkeypatch.setenv("NTOPWEB_VENV", "~/venvs/ntopweb")
    assert bootstrap.venv_folder(Path("/project")) == Path(os.path.expanduser("~/venvs/ntopweb"))
