"""The condition language: SQL's WHERE syntax over one frame's columns.

One language for user rules, exclusions and the filter of stored flows. :func:`parse` reads a text
into a small typed tree (:mod:`checks.language.tree`) from an allow-list of columns and functions;
:func:`to_polars` and :func:`to_sql` translate that tree, and both say the same of the same rows:
``/`` by 0 is NULL, text comparison is case-sensitive and by code point, NULL is as in SQL.
Numbers are compared as double precision.
"""

from checks.language.errors import ConditionError
from checks.language.parsing import parse
from checks.language.to_polars import to_polars
from checks.language.to_sql import Sql, to_sql
from checks.language.tree import Node

__all__ = ["ConditionError", "Node", "Sql", "parse", "to_polars", "to_sql"]
