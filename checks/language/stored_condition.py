"""A condition on stored flows that a query of both tables, finished and active, can take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from checks.language.errors import ConditionError
from checks.language.parsing import parse
from checks.language.to_sql import Sql, to_sql

#: The aliases of :data:`checks.language.stored.TABLES`. The text is of constants: what the user
#: wrote is a parameter, so that nothing else can look like one.
_ALIAS: Final = re.compile(r"\b(f|d\.detail)(?=\.|->>)")


@dataclass(frozen=True)
class StoredCondition:
    """A condition in the condition language, translated."""

    sql: Sql

    @classmethod
    def of(cls, text: str) -> StoredCondition:
        """Return the condition of a text; raises ConditionError with the place."""
        try:
            return cls(to_sql(parse(text, "flow")))
        except ConditionError as error:
            raise ConditionError(error.pointed(text), error.start, error.end) from error

    def sql_on(self, table: str) -> tuple[str, list[Any]]:
        """Return the SQL on the rows of "flow" or "flow_live" under its own name, and values."""
        places = {"f": f'"{table}"', "d.detail": _DETAIL[table]}
        text = _ALIAS.sub(lambda found: places[found[1]], self.sql.text)
        return f"({text})", self.sql.parameters


_DETAIL: Final = {
    "flow": '(SELECT d.detail FROM flow_detail d WHERE d.time = "flow".time'
    ' AND d.flow_id = "flow".flow_id LIMIT 1)',  # older versions stored one more than once
    "flow_live": '"flow_live".detail',
}
