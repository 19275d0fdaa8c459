"""What is drawn over the epochs besides loss and accuracy, and how curves are smoothed and written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.planning.optimizer_groups import takes_turns
from nnstudio.data.terms import right_called
from nnstudio.explain.layer_names import called
from nnstudio.explain.metrics import MetricCurve, along
from nnstudio.training.curve import DRAWN, SPAN, Curve
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.journal import EpochPart, TrainingStatistics
from nnstudio.training.session import Session


@dataclass(frozen=True, eq=False)
class OutputCurves:
    """The loss of each Output in training, without its weight, where there are several.

    Attributes:
        names: the Outputs (n,), as the engine knows them.
        epochs: (rows,).
        losses: (rows, n); NaN where an Output was not asked.
        add_up: whether all layers learn from their sum; else groups of layers learn from some each.
    """

    names: tuple[str, ...]
    epochs: np.ndarray
    losses: np.ndarray
    add_up: bool

    @staticmethod
    def of(session: Session) -> OutputCurves | None:
        """Those of a run; None where it has a single Output."""
        outputs = session.outputs
        if not outputs.names:
            return None
        epochs = np.array(outputs.epochs, float)
        return OutputCurves(outputs.names, epochs, outputs.rows, not takes_turns(session.layout))


@dataclass(frozen=True)
class Measured:
    """What was measured along a run up to a step: statistics, parts of long epochs, the loss of each Output
    where there are several, a metric if asked for.
    """

    step: int
    statistics: tuple[TrainingStatistics, ...]
    parts: tuple[EpochPart, ...] = ()
    metric: MetricCurve | None = None
    outputs: OutputCurves | None = None

    @staticmethod
    def of(session: Session, metric: MetricCurve | None = None) -> Measured:
        """What a session has measured by now."""
        rows = tuple(session.statistics.rows)
        return Measured(session.steps, rows, session.parts.rows, metric, OutputCurves.of(session))


@dataclass(frozen=True)
class CurvesProbe:
    """What the run so far measured, and a metric by its identifier; nothing for a network of the past."""

    metric: str = ""

    def run(self, session: Evaluation) -> Iterator[Measured | None]:
        if not isinstance(session, Session):
            return
        yield Measured.of(session)
        for measured in along(session, self.metric):
            yield None if measured is None else Measured.of(session, measured)


def smooth(values: np.ndarray, weight: float) -> np.ndarray:
    """Exponential mean of values (n,), float64 (n,), with the weight of what came before, from 0 to below 1.

    Free of the bias towards its start, as the moments of Adam (Kingma and Ba 2015, section 3).

    What is no number stays so and does not count.
    """
    smoothed, mean, mass = np.array(values, float), 0.0, 0.0
    for i, value in enumerate(smoothed):
        if np.isfinite(value):
            mean, mass = weight * mean + (1 - weight) * value, weight * mass + (1 - weight)
            smoothed[i] = mean / mass
    return smoothed


def _by_step(metric: MetricCurve) -> dict[int, tuple[float, ...]]:
    """Epoch, and value in training and in validation of each Output, at each step."""
    values = [v for each in metric.outputs or (metric,) for v in (each.training, each.validation)]
    columns = (metric.steps, metric.epochs, *values)
    return {step: tuple(rest) for step, *rest in zip(*(c.tolist() for c in columns), strict=True)}


def _heads(metric: MetricCurve, names: Mapping[str, str]) -> list[str]:
    """Names of the columns of a metric's values; of several Outputs with theirs."""
    ends = [f" of {called(each.output, names)}" for each in metric.outputs] or [""]
    return [f"{before}{metric.metric}{end}" for end in ends for before in ("", "val_")]


def _or_none(values: np.ndarray) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]


def as_csv(
    rows: Curve,
    statistics: Sequence[TrainingStatistics],
    metric: MetricCurve | None = None,
    outputs: OutputCurves | None = None,
    names: Mapping[str, str] | None = None,
    only_real: bool = False,
) -> str:
    """One line a row of the curve; statistics stand where they were measured, updates in a column a layer.

    A metric is measured at steps of its own: it has columns behind, and lines where no row ends, as have
    statistics. Where rows cover several epochs, columns say how many, and their lowest and highest values.
    Of several outputs the loss of each has a column. ``names`` are what people call nodes, by identifier;
    ``only_real``: the accuracies count real samples alone, and are called so.
    """
    names = names or {}
    each = () if outputs is None else outputs.names
    by_output = (
        {} if outputs is None else dict(zip(outputs.epochs, map(_or_none, outputs.losses), strict=True))
    )
    by_epoch = {v.epoch: v for v in statistics}
    points = {} if metric is None else _by_step(metric)
    layers = sorted({name for v in statistics for name in v.updates})
    plain = ("epoch", "steps", "loss", "accuracy", "val_loss", "val_accuracy", "seconds")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    measured = ("learning_rate", "gradient_norm", "weight_norm")
    tail = [] if metric is None else _heads(metric, names)
    extremes = [f"{name}_{end}" for name in DRAWN for end in ("lowest", "highest")] if rows.span > 1 else []
    covers = ["epochs_covered", *extremes] if extremes else []
    losses, unasked = [f"loss of {called(name, names)}" for name in each], [None] * len(each)
    spans = [_or_none(rows.column(name)) for name in (SPAN, *extremes)] if extremes else []
    updates = [f"update_ratio {called(name, names)}" for name in layers]
    table.writerow(
        [*(right_called(name, only_real) for name in plain), *covers, *measured, *updates, *tail, *losses]
    )
    lines: list[tuple[int, list[Any]]] = []
    empty = [None] * (len(plain) - 2 + len(covers))

    def told(v: TrainingStatistics | None) -> list[float | None]:
        if v is None:
            return [None] * (len(measured) + len(layers))
        return [v.rate, v.gradient_norm, v.weight_norm, *(v.updates.get(name) for name in layers)]

    for i, row in enumerate(rows):
        covered = [column[i] for column in spans]
        values = [getattr(row, name) for name in plain]
        point = points.pop(row.steps, (0, *[None] * len(tail)))[1:]
        own = by_output.get(row.epoch, unasked)
        lines.append((row.steps, [*values, *covered, *told(by_epoch.pop(row.epoch, None)), *point, *own]))
    # Of epochs that have no row of their own any more.
    for v in by_epoch.values():
        point = points.pop(v.step, (0, *[None] * len(tail)))[1:]
        lines.append((v.step, [v.epoch, v.step, *empty, *told(v), *point, *unasked]))
    nothing = told(None)
    lines += [
        (step, [epoch, step, *empty, *nothing, *values, *unasked])
        for step, (epoch, *values) in points.items()
    ]
    table.writerows(line for _, line in sorted(lines, key=lambda entry: entry[0]))
    return text.getvalue()
