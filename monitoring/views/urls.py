"""URLs of the pages."""

from __future__ import annotations

from django.urls import path

from monitoring.views.agents import agent_list
from monitoring.views.charts import host_chart, traffic_chart
from monitoring.views.flows import flow_detail, flow_list
from monitoring.views.hosts import host_detail, host_list
from monitoring.views.interfaces import interface_detail, interface_list
from monitoring.views.ledger import ledger

urlpatterns = [
    path("flows/", flow_list, name="flows"),
    path("flows/<int:flow_id>/", flow_detail, name="flow"),
    path("hosts/", host_list, name="hosts"),
    path("hosts/<int:pk>/", host_detail, name="host"),
    path("hosts/<int:pk>/chart/", host_chart, name="host-chart"),
    path("interfaces/", interface_list, name="interfaces"),
    path("interfaces/<int:pk>/", interface_detail, name="interface"),
    path("agents/", agent_list, name="agents"),
    path("ledger/", ledger, name="ledger"),
    path("charts/<slug:dimension>/", traffic_chart, name="traffic-chart"),
]
