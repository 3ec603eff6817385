"""``manage.py prepare``: bring the database, the static files and the first accounts up to date."""

from __future__ import annotations

import hashlib
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import transaction

from monitoring.demonstration import AGENT as DEMONSTRATION
from monitoring.models import Agent, ApiToken
from monitoring.models.agent import hash_token
from ntopweb.schedule import seed
from ntopweb.up.data import DataFolder, read_json, write_json

ADMIN = "admin"
LOCAL_AGENT = "local"


class Command(BaseCommand):
    """Runs at each start of `up`, before everything else; what is there already stays."""

    help = "Migrate, collect static files, and make the first user, tokens and periodic tasks."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where the pages and ingest will be, and the agents that will run here."""
        parser.add_argument("--url", required=True)
        parser.add_argument("--ingest-url", required=True)
        parser.add_argument("--agent", action="append", default=[], help="one that needs a token")
        parser.add_argument("--demo", action="store_true", help="bring a removed one back")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do all of it, and leave the results in the data folder."""
        data = DataFolder(settings.DATA_DIR)
        data.make()
        call_command("migrate", interactive=False, verbosity=0)
        collect_static()
        seed()
        if options["demo"]:
            Agent.objects.filter(name=DEMONSTRATION).update(is_enabled=True)
        is_fresh = (
            not Agent.objects.exclude(name=DEMONSTRATION)
            .filter(last_seen_at__isnull=False)
            .exists()
        )
        is_first = write_credentials(data, options["url"], options["ingest_url"])
        tokens = {name: agent_token(data, name) for name in options["agent"]}
        found = {"tokens": tokens, "is_fresh": is_fresh, "is_first": is_first}
        write_json(data.run / "prepared.json", found)


def collect_static() -> None:
    """Collect static files if any has changed since the last time."""
    stamp = settings.STATIC_ROOT / ".collected"
    found = static_fingerprint()
    if not stamp.exists() or stamp.read_text() != found:
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(found)


def static_fingerprint() -> str:
    """Return a SHA-256 over names, sizes and times of all static files."""
    total = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(["CVS", ".*", "*~"]):
            found = Path(storage.path(name)).stat()
            total.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return total.hexdigest()


@transaction.atomic
def write_credentials(data: DataFolder, url: str, ingest_url: str) -> bool:
    """Write ``credentials.json``; make what it names; return whether the first user is new."""
    known = read_json(data.credentials_file)
    new_password = make_admin()
    password = new_password or known.get("password")
    credentials = {
        "url": url,
        "ingest_url": ingest_url,
        "username": ADMIN,
        "password": password,
        "api_token": api_token(known.get("api_token")),
        "agent_token": agent_token(data, LOCAL_AGENT),
    }
    write_json(data.credentials_file, credentials)
    return new_password is not None


def make_admin() -> str | None:
    """Make the first superuser; return the password, or None when there is one already."""
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(15)
    users.create_superuser(username=ADMIN, password=password)
    return password


def api_token(known: str | None) -> str | None:
    """Return the known token if it is still good, else a new one of the first superuser."""
    if known and ApiToken.objects.filter(token_hash=hash_token(known)).exists():
        return known
    user = get_user_model().objects.filter(is_superuser=True).order_by("id").first()
    if user is None:
        return None
    row = ApiToken(user=user, name="credentials.json", may_write=True)
    token = row.renew_token()
    row.save()
    return token


def agent_token(data: DataFolder, name: str) -> str | None:
    """Return the token of an agent of this machine; None if an operator has switched it off."""
    agent, _ = Agent.objects.get_or_create(
        name=name, defaults={"token_hash": hash_token(data.secret(f"agent {name}"))}
    )
    token = data.secret(f"agent {name}")
    if agent.token_hash != hash_token(token):
        agent.token_hash = hash_token(token)
        agent.save(update_fields=["token_hash"])
    return token if agent.is_enabled else None
