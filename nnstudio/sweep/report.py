"""A sweep in words: a table of its settings, plain data, and whether the best one is better than the next."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from nnstudio.data.terms import right_called
from nnstudio.model.quantity import value_in_words
from nnstudio.sweep.comparison import compare, spread_of
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.results import Run, TrialResult
from nnstudio.sweep.trial import Status

# Of more settings, the best ones are shown.
MOST_LINES = 40
# What is measured of a training.
MEASURED = ("loss", "accuracy", "val_loss", "val_accuracy")


def in_order(results: Sequence[TrialResult], plan: Plan) -> list[TrialResult]:
    """The best first; those that others outdid at a rung after those that were trained to the end."""

    def key(result: TrialResult) -> tuple[bool, int, float]:
        is_trained = result.status == Status.TRAINED
        value = math.inf if result.value is None else plan.rank(result.value)
        return not is_trained, 0 if is_trained else -result.epochs, value

    return sorted(results, key=key)


def table(
    results: Sequence[TrialResult], plan: Plan, titles: Mapping[str, str], only_real: bool = False
) -> list[str]:
    """Lines of a table, with a sentence behind it where it does not show all settings.

    ``titles`` are what people call that which is varied, by its full name; ``only_real`` is as `right_called`
    has it, here and below.
    """
    names = [v.name for v in plan.space.searched]
    called, score = (titles.get(name, name) for name in names), right_called(plan.metric, only_real)
    rows = [["setting", *called, score, "epochs", ""]]
    for result in in_order(results, plan)[:MOST_LINES]:
        values = list(result.by_repeat(plan.metric).values())
        reached = "-" if result.value is None else str(spread_of(values))
        status = "" if result.status == Status.TRAINED else str(result.status)
        told = [value_in_words(result.values[name]) for name in names]
        rows.append([str(result.number), *told, reached, f"{result.epochs:,}", status])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    runs = len(plan.space.repeats)
    if runs > 1:
        lines.append(f"± is the standard deviation of the {runs} trainings of each setting.")
    if len(results) > MOST_LINES:
        lines.append(f"{len(results) - MOST_LINES:,} more settings are not shown; --json has them all.")
    return [line.rstrip() for line in lines]


def verdict(results: Sequence[TrialResult], plan: Plan, only_real: bool = False) -> list[str]:
    """Sentences on the best setting against the one behind it, where each was trained several times."""
    trained = [r for r in in_order(results, plan) if r.status == Status.TRAINED]
    if len(trained) < 2:
        return []
    first, second = trained[:2]
    comparison = compare(first.by_repeat(plan.metric), second.by_repeat(plan.metric))
    if comparison is None:
        return []
    score = right_called(plan.metric, only_real)
    lines = [f"Setting {first.number} against {second.number}, by {score}: {comparison.sentence()}"]
    if len(trained) > 2:
        lines.append(
            f"The two were chosen out of {len(trained):,} by these same numbers, which makes the best look "
            "better than it is: to be sure, repeat both with seeds that were not used here."
        )
    return lines


def trainings_as_csv(
    results: Sequence[TrialResult], plan: Plan, titles: Mapping[str, str], only_real: bool = False
) -> str:
    """A line for each training, setting by setting; what was not measured is empty. ``titles`` as above."""
    names = [v.name for v in plan.space.searched]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    called = [titles.get(name, name) for name in names]
    measured = [right_called(name, only_real) for name in MEASURED]
    writer.writerow(["setting", "status", *called, "seed", "fold", *measured, "epochs", "seconds"])
    for result in sorted(results, key=lambda result: result.number):
        varied = [result.values.get(name, "") for name in names]
        for run in result.runs:
            told = _plain_run(run)
            own = [told[name] for name in ("seed", "fold", *MEASURED, "epochs", "seconds")]
            writer.writerow([result.number, str(result.status), *varied, *own])
    return text.getvalue()


def plain(result: TrialResult, plan: Plan, only_real: bool = False) -> dict[str, Any]:
    """A setting as plain data; what is no number is None. Names are always the same: "only_real" stands
    among them where the accuracies count real samples alone.
    """
    values = list(result.by_repeat(plan.metric).values())
    return {
        "setting": result.number,
        "status": str(result.status),
        "values": result.values,
        str(plan.metric): result.value,
        "deviation": spread_of(values).deviation if result.value is not None else None,
        "epochs": result.epochs,
        "message": result.message,
        **({"only_real": True} if only_real else {}),
        "runs": [_plain_run(run) for run in result.runs],
    }


def _plain_run(run: Run) -> dict[str, Any]:
    measured = {name: run.outcome.metrics.get(name) for name in MEASURED}
    metrics = {k: v if v is not None and math.isfinite(v) else None for k, v in measured.items()}
    repeat = {"seed": run.repeat.seed, "fold": run.repeat.fold or None}
    return repeat | metrics | {"epochs": run.outcome.epoch, "seconds": run.outcome.seconds}
