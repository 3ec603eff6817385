"""URLs of the pages of reports, below /reports/."""

from __future__ import annotations

from django.urls import path

from alerts.reports.api import ReportHtml, ReportList, ReportOne, ReportPdf
from alerts.reports.views import report_delete, report_file, report_list, report_page

urlpatterns = [
    path("", report_list, name="reports"),
    path("<int:pk>/", report_page, name="report"),
    path("<int:pk>/delete/", report_delete, name="report-delete"),
    path("<int:pk>/report.<str:form>", report_file, name="report-file"),
]

#: Below /api/v1/reports/.
api_urlpatterns = [
    path("", ReportList.as_view(), name="api-reports"),
    path("<int:pk>/", ReportOne.as_view(), name="api-report"),
    path("<int:pk>/pdf/", ReportPdf.as_view(), name="api-report-pdf"),
    path("<int:pk>/html/", ReportHtml.as_view(), name="api-report-html"),
]
