"""The settings of a sweep as curves over one thing that it varies, and as tables of them; draws nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnstudio.data.terms import right_called
from nnstudio.model.quantity import value_in_words
from nnstudio.sweep.messages import Setting
from nnstudio.sweep.options import EXAMPLES_NAME
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.space import Listed, Varied, are_numbers

ALL_EXAMPLES = "all"


@dataclass(frozen=True)
class Point:
    """What a setting reached: at which of the values, the mean of its trainings, and their deviation."""

    at: int
    mean: float
    deviation: float | None


@dataclass(frozen=True)
class Line:
    """All settings that only differ in what is drawn over; ``title`` says what they have in common."""

    title: str
    points: tuple[Point, ...]


def can_be_over(plan: Plan) -> list[Varied]:
    """What curves may be drawn over: what has two single values or more; numbers first."""
    several = [v for v in plan.space.searched if isinstance(v.domain, Listed) and len(v.domain.values) > 1]
    numbers = {v.name for v in several if isinstance(v.domain, Listed) and are_numbers(v.domain.values)}
    return sorted(several, key=lambda v: v.name not in numbers)


def values_over(varied: Varied) -> list[Any]:
    """Its values from left to right; numbers rise, and all examples are more than any number of them."""
    assert isinstance(varied.domain, Listed)
    values = list(varied.domain.values)
    if not are_numbers(varied.domain.values):
        return values
    is_all = varied.name == EXAMPLES_NAME
    return sorted(values, key=lambda value: (is_all and not value, value))


def told(varied: Varied, value: Any) -> str:
    """A value as a person reads it."""
    return ALL_EXAMPLES if varied.name == EXAMPLES_NAME and not value else value_in_words(value)


def lines_over(
    settings: Sequence[Setting], plan: Plan, over: Varied, titles: Mapping[str, str]
) -> list[Line]:
    """A curve for each choice of everything else, in the order in which they are tried."""
    order = {value: at for at, value in enumerate(values_over(over))}
    others = [v for v in plan.space.searched if v.name != over.name]
    points: dict[tuple[Any, ...], list[Point]] = {}
    for setting in sorted(settings, key=lambda setting: setting.number):
        if setting.value is not None:
            rest = tuple(setting.values[v.name] for v in others)
            point = Point(order[setting.values[over.name]], setting.value, setting.deviation)
            points.setdefault(rest, []).append(point)
    return [
        Line(_title(others, rest, titles), tuple(sorted(line, key=lambda point: point.at)))
        for rest, line in points.items()
    ]


def _title(others: Sequence[Varied], values: Sequence[Any], titles: Mapping[str, str]) -> str:
    return ", ".join(
        f"{titles.get(v.name, v.name)} {told(v, value)}" for v, value in zip(others, values, strict=True)
    )


def settings_table(
    settings: Sequence[Setting], plan: Plan, titles: Mapping[str, str], only_real: bool = False
) -> str:
    """A line for each setting, as a sweep of no single values has no curves: CSV; ``only_real`` is as
    `right_called` has it.
    """
    searched = [v.name for v in plan.space.searched]
    columns = (
        "setting", "status", *(titles.get(name, name) for name in searched),
        right_called(plan.metric, only_real),
        "standard deviation", "trainings", "epochs",
    )  # fmt: skip
    rows = [
        (s.number, str(s.status), *(s.values[name] for name in searched), *_figures(s.value, s.deviation),
         s.trainings, s.epochs)
        for s in sorted(settings, key=lambda setting: setting.number)
    ]  # fmt: skip
    return _csv([columns, *rows])


def curves_table(
    lines: Sequence[Line], plan: Plan, over: Varied, titles: Mapping[str, str], only_real: bool = False
) -> str:
    """A line for each point of each curve: CSV; ``only_real`` is as `right_called` has it."""
    values = values_over(over)
    score = right_called(plan.metric, only_real)
    columns = (titles.get(over.name, over.name), "curve", score, "standard deviation")
    rows = [
        (told(over, values[point.at]), line.title, *_figures(point.mean, point.deviation))
        for line in lines
        for point in line.points
    ]
    return _csv([columns, *rows])


def _figures(value: float | None, deviation: float | None) -> tuple[str, str]:
    return "" if value is None else f"{value:.7g}", "" if deviation is None else f"{deviation:.7g}"


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
