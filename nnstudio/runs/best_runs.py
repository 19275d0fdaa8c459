"""Which runs have the lowest loss of those that may be compared by it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

from nnstudio.runs.record import RunRecord


def watched_by(record: RunRecord) -> str:
    """The loss that a run is judged by: that of the part that training only watches, where there is one."""
    return "val_loss" if record.metrics.get("val_loss") is not None else "loss"


def measure_of(record: RunRecord) -> str:
    """By what its losses were measured; others have losses of another size."""
    settings = record.settings
    return json.dumps([settings.get("loss"), settings.get("loss_options")], sort_keys=True)


def best_of(records: Iterable[RunRecord]) -> frozenset[str]:
    """The runs with the lowest loss among those of a project that have the same data, parts and loss, by
    their ids; none where a run stands alone.
    """
    groups: dict[tuple[str, ...], list[tuple[float, str]]] = {}
    for record in records:
        loss = record.value(watched_by(record))
        if loss is None or not math.isfinite(loss):
            continue
        parts = record.split, record.watched
        project = record.project_path or record.project_title
        alike = project, record.data_hash, *parts, measure_of(record)
        groups.setdefault(alike, []).append((loss, record.id))
    best = set[str]()
    for runs in groups.values():
        lowest, highest = min(runs)[0], max(runs)[0]
        if lowest < highest:
            best |= {run for loss, run in runs if loss == lowest}
    return frozenset(best)
