"""Points over time in the shapes of ntopng 5.6 and 6 at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from monitoring.history.points import Points
from ntopweb.ntopng.schemas import Schema, Tags


def shaped(name: str, schema: Schema, tags: Tags, found: Points, limit: int) -> dict[str, Any]:
    """Return the answer of ``get/timeseries/ts``; points of counters are per second."""
    lines = {metric: _line(schema, found, measure) for metric, measure in schema.metrics.items()}
    step, count = found.seconds, len(found.times)
    start = int(found.times[0].timestamp()) if found.times else 0
    told = [statistics(line, step, schema) for line in lines.values()]
    whole = statistics([sum(point) for point in zip(*lines.values(), strict=True)], step, schema)
    return {
        "start": start,
        "step": step,
        "count": count,
        "schema": name,
        "query": dict(tags.values),
        "max_points": limit,
        "series": [
            {"label": metric, "id": metric, "data": line, "statistics": of_line}
            for (metric, line), of_line in zip(lines.items(), told, strict=True)
        ],
        "statistics": {**whole, "by_serie": told},
        "metadata": {
            "epoch_begin": start,
            "epoch_end": start + step * count,
            "epoch_step": step,
            "num_point": count,
            "schema": name,
            "query": dict(tags.values),
        },
    }


def _line(schema: Schema, found: Points, measure: str) -> list[float]:
    divisor = found.seconds if schema.is_counter else 1
    return [number * schema.share / divisor for number in found.lines[measure]]


def statistics(line: Sequence[float], step: int, schema: Schema) -> dict[str, Any]:
    """Return ntopng's statistics of a line; ``total`` is there for counters alone."""
    values = list(line) or [0.0]
    least, most = min(values), max(values)
    found = {
        "average": sum(values) / len(values),
        "95th_percentile": percentile(values, 95),
        "min_val": least,
        "max_val": most,
        "min_val_idx": values.index(least),
        "max_val_idx": values.index(most),
    }
    return {"total": sum(values) * step, **found} if schema.is_counter else found


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile of a list that is not empty."""
    ordered = sorted(values)
    return ordered[max(-(-percent * len(ordered) // 100) - 1, 0)]
