"""Lists of the admin without rows say why, and what to do."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

#: What only programs fill, or what is never empty: their pages need no words.
OURS = ("monitoring", "checks", "alerts", "recipients", "lua")
LISTS = [
    model
    for model, page in admin.site._registry.items()
    if model._meta.app_label in OURS and hasattr(page, "when_empty")
]


@pytest.mark.django_db
@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.label)
def test_an_empty_list_says_what_it_is_for(model, admin_client: Client) -> None:
    model._default_manager.all().delete()
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    page = admin_client.get(url).content.decode()

    assert "data-empty" in page
    assert admin.site._registry[model].when_empty[:30] in page


def test_what_operators_write_says_what_it_is_for() -> None:
    assert {"UserRule", "Exclusion", "Silence", "Recipient", "HostPool"} <= {
        model._meta.object_name for model in LISTS
    }


@pytest.mark.django_db
def test_a_search_without_result_can_be_ended(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:checks_exclusion_changelist"), {"q": "nothing"})

    assert "Nothing matches" in page.content.decode()
    assert 'href="?"' in page.content.decode()
