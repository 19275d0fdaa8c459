"""Sweeps that are over, put together again from the runs that they left; must not train."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.sweep.comparison import spread_of
from nnstudio.sweep.messages import Setting
from nnstudio.sweep.plan import Metric, Plan
from nnstudio.sweep.space import FOLD_NAME, SEED_NAME, Listed, Space, Varied
from nnstudio.sweep.trial import Status


@dataclass(frozen=True)
class EarlierSweep:
    """A sweep as its runs tell it: runs that were deleted since are missing.

    Attributes:
        id: under which its runs are kept.
        began: when the first of its runs began, as in records.
        plan: what it varied. By what it compared is not kept: by the validation loss, where that can be.
        settings: in the order in which they began.
    """

    id: str
    began: str
    plan: Plan
    settings: tuple[Setting, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What it varied, by full names."""
        return tuple(varied.name for varied in self.plan.space.searched)

    @property
    def best(self) -> Setting | None:
        """The best of those that were trained to the end."""
        trained = [s for s in self.settings if s.status == Status.TRAINED and s.value is not None]
        return min(trained, key=lambda s: self.plan.rank(s.value or 0.0), default=None)


def earlier_sweeps(records: Iterable[RunRecord], project: str, path: str) -> list[EarlierSweep]:
    """Those of a project of this name, and this file, "" for one that has none; the latest first."""
    by_sweep: dict[str, list[RunRecord]] = {}
    for record in records:
        is_of_project = record.project_path == path if path else record.project_title == project
        if record.sweep and is_of_project:
            by_sweep.setdefault(record.sweep, []).append(record)
    sweeps = [_sweep(sweep, sorted(runs, key=_order)) for sweep, runs in by_sweep.items()]
    return sorted(sweeps, key=lambda sweep: sweep.began, reverse=True)


def _order(run: RunRecord) -> tuple[Any, ...]:
    """As they began; of those of the same second, by their values: words after numbers."""
    return run.began, *(
        (isinstance(v, str), v if isinstance(v, str) else float(v)) for v in run.values.values()
    )


def _sweep(sweep: str, runs: Sequence[RunRecord]) -> EarlierSweep:
    settings: dict[tuple[Any, ...], list[RunRecord]] = {}
    # Seeds and folds are not searched.
    names = list(dict.fromkeys(name for r in runs for name in r.values if name not in (SEED_NAME, FOLD_NAME)))
    for run in runs:
        settings.setdefault(tuple(run.values.get(name) for name in names), []).append(run)
    plan = _plan(names, settings, runs)
    told = tuple(
        _setting(number, dict(zip(names, values, strict=True)), each, plan)
        for number, (values, each) in enumerate(settings.items(), 1)
    )
    return EarlierSweep(sweep, runs[0].began, plan, told)


def _plan(
    names: Sequence[str], settings: Mapping[tuple[Any, ...], list[RunRecord]], runs: Sequence[RunRecord]
) -> Plan:
    columns = list(zip(*settings, strict=True)) if names else []
    searched = tuple(
        Varied(name, Listed(tuple(dict.fromkeys(column))))
        for name, column in zip(names, columns, strict=True)
    )
    seeds = tuple(dict.fromkeys(int(r.values[SEED_NAME]) for r in runs if SEED_NAME in r.values))
    folds = len({r.values[FOLD_NAME] for r in runs if FOLD_NAME in r.values})
    # Losses of different kinds cannot be compared.
    has_loss = "loss" not in names and any(r.value(Metric.VAL_LOSS) is not None for r in runs)
    metric = Metric.VAL_LOSS if has_loss else Metric.VAL_ACCURACY
    return Plan(Space(searched, seeds, folds), metric=metric)


def _setting(number: int, values: dict[str, Any], runs: Sequence[RunRecord], plan: Plan) -> Setting:
    reached = {run.id: value for run in runs if (value := _reached(run, plan.metric)) is not None}
    is_trained = all(run.status == RunStatus.FINISHED for run in runs)
    notes = " ".join(dict.fromkeys(run.notes for run in runs if run.notes and run.id not in reached))
    best = min(reached, key=lambda run: plan.rank(reached[run]), default="")
    status = Status.TRAINED if is_trained else Status.STOPPED
    spread = spread_of(list(reached.values())) if reached else None
    also = [value for run in runs if (value := _reached(run, plan.metric.other)) is not None]
    return Setting(
        number, values, status if reached else Status.DIVERGED, spread.mean if spread is not None else None,
        spread.deviation if spread is not None else None, max(run.epochs for run in runs), len(runs), notes,
        best or runs[0].id, also=spread_of(also).mean if also else None,
        seconds=sum(run.seconds for run in runs),
    )  # fmt: skip


def _reached(run: RunRecord, metric: Metric) -> float | None:
    """The metric of the weights that it ended with; None where it broke off with a message."""
    if run.status != RunStatus.FINISHED and run.notes:
        return None
    # Early stopping took the best weights.
    has_best = bool(run.settings.get("extras", {}).get("patience")) and run.best.get(metric) is not None
    value = run.best[metric] if has_best else run.value(metric)
    return None if value is None else float(value)
