"""URLs of the REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from monitoring.api.agents import AgentList, AgentOne
from monitoring.api.charts import TimeSeries, Top
from monitoring.api.flows import FlowList, FlowOne
from monitoring.api.hosts import HostList, HostOne
from monitoring.api.interfaces import InterfaceList, InterfaceOne
from monitoring.api.ledger import LedgerList, OverflowList
from monitoring.api.named import (
    BlacklistList,
    BlacklistOne,
    NetworkList,
    NetworkOne,
    PoolList,
    PoolOne,
)
from monitoring.api.system import System
from monitoring.api.tokens import TokenList, TokenOne
from monitoring.api.traffic import TrafficList

urlpatterns = [
    path("agents/", AgentList.as_view(), name="api-agents"),
    path("agents/<int:pk>/", AgentOne.as_view(), name="api-agent"),
    path("interfaces/", InterfaceList.as_view(), name="api-interfaces"),
    path("interfaces/<int:pk>/", InterfaceOne.as_view(), name="api-interface"),
    path("hosts/", HostList.as_view(), name="api-hosts"),
    path("hosts/<int:pk>/", HostOne.as_view(), name="api-host"),
    path("flows/", FlowList.as_view(), name="api-flows"),
    path("flows/<int:flow_id>/", FlowOne.as_view(), name="api-flow"),
    path("ledger/", LedgerList.as_view(), name="api-ledger"),
    path("ledger/overflow/", OverflowList.as_view(), name="api-overflow"),
    path("top/", Top.as_view(), name="api-top"),
    path("timeseries/", TimeSeries.as_view(), name="api-timeseries"),
    path("pools/", PoolList.as_view(), name="api-pools"),
    path("pools/<int:pk>/", PoolOne.as_view(), name="api-pool"),
    path("networks/", NetworkList.as_view(), name="api-networks"),
    path("networks/<int:pk>/", NetworkOne.as_view(), name="api-network"),
    path("lists/", BlacklistList.as_view(), name="api-lists"),
    path("lists/<int:pk>/", BlacklistOne.as_view(), name="api-list"),
    path("system/", System.as_view(), name="api-system"),
    path("tokens/", TokenList.as_view(), name="api-tokens"),
    path("tokens/<int:pk>/", TokenOne.as_view(), name="api-token"),
    path("traffic/", TrafficList.as_view(), name="api-traffic"),
]
