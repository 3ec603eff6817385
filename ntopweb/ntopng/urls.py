"""URLs below /lua/: each path under ntopng's two bases, of which ours know no difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.urls import URLPattern, path

from ntopweb.ntopng import (
    charts,
    checks,
    constants,
    flows,
    historical,
    hosts,
    interfaces,
    pools,
    timeseries,
    tokens,
)
from ntopweb.ntopng.alerts import acting, counting, listing, querying, triggering
from ntopweb.ntopng.asking import Endpoint
from ntopweb.ntopng.view import ConnectTest, Lua

#: ntopng's community paths, and those for which it wants a licence.
BASES: Final = ("lua/rest/v2", "lua/pro/rest/v2")

ENDPOINTS: Final[dict[str, Endpoint]] = {
    **constants.ENDPOINTS,
    **interfaces.ENDPOINTS,
    **hosts.ENDPOINTS,
    **charts.ENDPOINTS,
    **flows.ENDPOINTS,
    **timeseries.ENDPOINTS,
    **historical.ENDPOINTS,
    **listing.ENDPOINTS,
    **counting.ENDPOINTS,
    **querying.ENDPOINTS,
    **acting.ENDPOINTS,
    **triggering.ENDPOINTS,
    **checks.ENDPOINTS,
    **pools.ENDPOINTS,
    **tokens.ENDPOINTS,
}


def _patterns() -> Iterator[URLPattern]:
    for name, endpoint in ENDPOINTS.items():
        view = ConnectTest if name == "connect/test" else Lua
        for base in BASES:
            yield path(f"{base}/{name}.lua", view.as_view(endpoint=endpoint))
    yield path("lua/<path:rest>", Lua.as_view())


urlpatterns: Final = list(_patterns())
