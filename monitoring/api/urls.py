"""URLs of the REST API, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from monitoring.api.agents import AgentList, AgentOne
from monitoring.api.flows import FlowList, FlowOne
from monitoring.api.hosts import HostList, HostOne
from monitoring.api.interfaces import InterfaceList, InterfaceOne
from monitoring.api.ledger import LedgerList
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
    path("traffic/", TrafficList.as_view(), name="api-traffic"),
]
