"""Composition only: settings, URLs, the ingest pass, pages that span apps, and ``up``."""
