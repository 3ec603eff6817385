"""What holds for every page."""

import pytest

from tests.monitoring import builders

PAGES = ["/admin/", "/flows/", "/hosts/", "/interfaces/", "/agents/", "/ledger/"]


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("operator", 200), ("viewer", 200), ("stranger", 403)]
)
def test_who_may_view_opens_it(cast, url, who, status):
    assert cast.client(who).get(url).status_code == status


@pytest.mark.parametrize("url", PAGES)
def test_without_a_login_it_leads_there(client, db, url):
    answer = client.get(url)
    assert (answer.status_code, answer.url) == (302, f"/admin/login/?next={url}")


@pytest.mark.parametrize("url", PAGES)
def test_an_empty_page_explains_itself(cast, url):
    text = cast.client("viewer").get(url).content.decode()
    assert "Nothing has been observed" in text


@pytest.mark.parametrize("url", PAGES)
def test_htmx_gets_the_part_that_renews_itself(cast, url):
    text = cast.client("viewer").get(url, HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in text
    assert "data-renews" in text


@pytest.mark.parametrize("url", PAGES)
@pytest.mark.parametrize("query", ["span=99y&interface=x&cursor=no&ordering=no", "search=:99999"])
def test_a_made_up_url_is_no_error(cast, url, query):
    builders.an_interface()
    assert cast.client("viewer").get(f"{url}?{query}").status_code == 200


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "", "No/Where", "../../etc/passwd", "x" * 500])
def test_the_viewers_zone_is_a_cookie(cast, zone):
    builders.a_line()
    client = cast.client("viewer")
    client.cookies["timezone"] = zone
    assert client.get("/ledger/?span=30d").status_code == 200
