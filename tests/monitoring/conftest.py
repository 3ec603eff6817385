"""The cast: the same four users in every test of who may do what."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from tests.monitoring import builders


@dataclass
class Cast:
    admin: User
    operator: User
    viewer: User
    stranger: User  # may log in, belongs to no group

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(getattr(self, name))
        return client

    def api(self, name: str, **token: object) -> APIClient:
        client = APIClient()
        token_text = builders.a_token(getattr(self, name), **token)
        client.credentials(HTTP_AUTHORIZATION=f"Token {token_text}")
        return client


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast(
        admin=builders.a_user("admin", is_superuser=True),
        operator=builders.a_user("operator", "operator"),
        viewer=builders.a_user("viewer", "viewer"),
        stranger=builders.a_user("stranger"),
    )
