"""URLs of the pages."""

from __future__ import annotations

from django.urls import path

from monitoring.views.agents import agent_list
from monitoring.views.charts import (
    conversation_chart,
    country_chart,
    flow_chart,
    host_chart,
    traffic_chart,
)
from monitoring.views.countries import country_list
from monitoring.views.flows import flow_detail, flow_list
from monitoring.views.host_detail import host_detail
from monitoring.views.hosts import host_list
from monitoring.views.interfaces import interface_detail, interface_list
from monitoring.views.ledger import ledger

urlpatterns = [
    path("flows/", flow_list, name="flows"),
    path("flows/<int:flow_id>/", flow_detail, name="flow"),
    path("flows/<int:flow_id>/chart/", flow_chart, name="flow-chart"),
    path("hosts/", host_list, name="hosts"),
    path("hosts/<int:pk>/", host_detail, name="host"),
    path("hosts/<int:pk>/chart/", host_chart, name="host-chart"),
    path("interfaces/", interface_list, name="interfaces"),
    path("interfaces/<int:pk>/", interface_detail, name="interface"),
    path("agents/", agent_list, name="agents"),
    path("ledger/", ledger, name="ledger"),
    path("countries/", country_list, name="countries"),
    path("charts/conversations/", conversation_chart, name="conversation-chart"),
    path("charts/countries/", country_chart, name="country-chart"),
    path("charts/<slug:dimension>/", traffic_chart, name="traffic-chart"),
]
