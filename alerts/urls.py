"""URLs of the app: the REST API and the pages."""

from __future__ import annotations

from django.urls import include, path

from alerts.reports.urls import api_urlpatterns as reports_api
from alerts.views.alert_band import alert_band
from alerts.views.alert_chart import alert_chart
from alerts.views.alert_detail import act, alert_detail
from alerts.views.alert_list import act_on_many, alert_list
from alerts.views.counts import last_day
from alerts.views.exclude import exclude
from alerts.views.flow_checks import flow_checks
from alerts.views.noise import noise_report

urlpatterns = [
    path("api/v1/", include("alerts.api.urls")),
    path("api/v1/reports/", include(reports_api)),
    path("reports/", include("alerts.reports.urls")),
    path("alerts/", alert_list, name="alerts"),
    path("alerts/act/", act_on_many, name="alerts-act"),
    path("alerts/counts/", last_day, name="alert-counts"),
    path("alerts/noise/", noise_report, name="noise"),
    path("alerts/<int:pk>/exclude/", exclude, name="alert-exclude"),
    path("alerts/chart/", alert_chart, name="alert-chart"),
    path("alerts/<int:pk>/", alert_detail, name="alert"),
    path("alerts/<int:pk>/band/", alert_band, name="alert-band"),
    path("alerts/<int:pk>/act/", act, name="alert-act"),
    path("flows/<int:flow_id>/checks/", flow_checks, name="flow-checks"),
]
