"""The URLs that agents know."""

from django.urls import path

from capture_agent.schema import PATH, WANTED_PATH
from monitoring.ingest import view

urlpatterns = [
    path(PATH.lstrip("/"), view.batches, name="ingest-batches"),
    path(WANTED_PATH.lstrip("/"), view.wanted, name="ingest-wanted"),
]
