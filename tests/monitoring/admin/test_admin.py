import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from monitoring.models import Agent, ApiToken, Host, HostPool
from tests.monitoring import builders

OURS = [
    model
    for model in admin.site._registry
    if model._meta.app_label in ("monitoring", "auth", "django_celery_beat", "axes")
]


def _url(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_opens_and_searches(cast, model):
    builders.a_host("2001:db8::1"), builders.a_line(), builders.a_token(cast.viewer)
    client = cast.client("admin")
    assert client.get(_url(model)).status_code == 200
    assert client.get(_url(model), {"q": "10.0.0.1"}).status_code == 200


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_form_opens_in_the_shell(cast, model):
    client = cast.client("admin")
    answer = client.get(_url(model, "add"))
    assert answer.status_code in (200, 403)  # what traffic brings is not added by hand
    if answer.status_code == 200:
        assert "unfold" in answer.content.decode()


@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.parametrize("model", [Host, ApiToken, HostPool], ids=lambda model: model.__name__)
def test_a_longer_list_takes_no_more_queries(cast, django_assert_max_num_queries, model, number):
    client = cast.client("admin")
    for place in range(number):
        builders.a_host(f"10.0.0.{place + 1}", interface=builders.an_interface(f"eth{place}"))
        builders.a_token(cast.viewer)
        HostPool.objects.create(name=str(place))
    client.get(_url(model))
    with django_assert_max_num_queries(9):
        client.get(_url(model))


@pytest.mark.parametrize(
    ("model", "fields"),
    [(Agent, {"name": "branch", "is_enabled": "on"}), (ApiToken, {"name": "script"})],
)
def test_a_new_token_is_shown_once(cast, model, fields):
    client = cast.client("admin")
    if model is ApiToken:
        fields = {**fields, "user": cast.viewer.pk}
    answer = client.post(_url(model, "add"), fields, follow=True)
    shown = [str(message) for message in answer.context["messages"]]
    assert any("shown this once" in text for text in shown)
    again = client.get(_url(model)).content.decode()
    assert "shown this once" not in again
    assert model.objects.get(name=fields["name"]).token_hash


def test_a_renewed_token_ends_the_old_one(cast):
    old = builders.an_agent("branch").token_hash
    client = cast.client("admin")
    pk = Agent.objects.get().pk
    client.post(reverse("admin:monitoring_agent_renew_token", args=[pk]))
    assert Agent.objects.get().token_hash != old


def test_a_followed_link_renews_no_token_but_asks(cast):
    agent = builders.an_agent("branch")
    url = reverse("admin:monitoring_agent_renew_token", args=[agent.pk])
    client = cast.client("admin")
    assert "data-post" in client.get(_url(Agent, "change", agent.pk)).content.decode()
    answer = client.get(url)
    assert answer.status_code == 200 and 'method="post"' in answer.content.decode()
    client.handler.enforce_csrf_checks = True
    assert client.post(url).status_code == 403
    assert Agent.objects.get().token_hash == agent.token_hash


@pytest.mark.parametrize("who", ["operator", "viewer"])
def test_only_the_admin_renews_an_agents_token(cast, who):
    agent = builders.an_agent("branch")
    url = reverse("admin:monitoring_agent_renew_token", args=[agent.pk])
    assert cast.client(who).get(url).status_code == 403


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 302), ("operator", 302), ("viewer", 403), ("stranger", 403)]
)
def test_who_may_name_a_host(cast, who, status):
    host = builders.a_host("2001:db8::1")
    answer = cast.client(who).post(_url(Host, "change", host.pk), {"name": "nas", "pool": ""})
    assert answer.status_code == status
    host.refresh_from_db()
    assert host.name == ("nas" if status == 302 else "")


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_tokens_are_the_admins_alone(cast, who):
    assert cast.client(who).get(_url(ApiToken)).status_code == 403


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_a_token_says_when_and_from_where_it_was_used(cast, address):
    builders.a_token(cast.viewer)
    ApiToken.objects.update(last_used_at=timezone.now(), last_used_from=address)
    page = cast.client("admin").get(_url(ApiToken)).content.decode()
    assert f"</time> from {address}" in page
    assert "&lt;time" not in page
