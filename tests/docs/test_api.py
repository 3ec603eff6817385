"""The examples of docs/api.md, really run."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.models import sync_settings
from monitoring.models import Agent
from tests.docs.pages import blocks, page
from tests.monitoring import builders

EXAMPLES = blocks(page("api.md"), "sh")


@pytest.fixture
def environment(live_server: Any, transactional_db: None) -> dict[str, str]:
    """Return what the page tells the reader to set."""
    user = builders.a_user("reader", is_superuser=True)
    agent = Agent(name="mine")
    agent_token = agent.renew_token()
    agent.save()
    sync_settings()
    builders.a_flow(time=datetime.now(UTC))
    return {
        **os.environ,
        "NTOPWEB": f"{live_server.url}/api/v1",
        "TOKEN": builders.a_token(user, may_write=True),
        "AGENT_TOKEN": agent_token,
    }


def run(example: str, environment: dict[str, str]) -> dict[str, Any]:
    """Return the JSON that an example prints."""
    done = subprocess.run(
        ["bash", "-euc", example], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, (example, done.stdout, done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.curl
def test_every_example_answers(environment: dict[str, str]) -> None:
    assert len(EXAMPLES) > 10
    answers = [run(example, environment) for example in EXAMPLES]
    assert answers[-1]["stored"] == 1
    assert answers[-2]["looked_at"] == 0
    assert answers[-3]["parameters"]["threshold"] == 300
    lists = [answer for answer in answers if "results" in answer]
    assert [set(answer) for answer in lists] == [{"next", "previous", "results"}] * 9
