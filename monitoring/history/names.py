"""The ids of what has a name."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from monitoring.models import Application, Category


def applications_named(name: str) -> list[int]:
    """Return the ids of the applications of that name or with it as a part, as TLS.Google."""
    named = Q(name__iexact=name) | Q(name__istartswith=f"{name}.") | Q(name__iendswith=f".{name}")
    return list(Application.objects.filter(named).values_list("id", flat=True))


def applications_like(text: str) -> QuerySet[Application, int]:
    """Return the query for the ids of the applications whose name contains the text."""
    return Application.objects.filter(name__icontains=text).values_list("id", flat=True)


def categories_named(name: str) -> list[int]:
    """Return the ids of the category of that name: one, or none."""
    return list(Category.objects.filter(name__iexact=name).values_list("id", flat=True))
