"""Windows of a series that end before its season comes round, and forecasts that simple ones beat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.tables.season import explained_by_season
from nnstudio.data.whole_series import WholeSeries
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.findings.nothing_learned import is_over
from nnstudio.doctor.forecasts import Errors, errors_of
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.rereading import series_cut
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_digits

# A season that explains this share of how values differ from their trend is clear.
CLEAR = 0.5
# What a season of rows tells leaves this share of the error, or less, that is left with the window.
TELLS = 0.7
# A network that errs so many times as much as the better simple forecast does not cope with its window; one
# whose run is over, and that errs so many times as much by more than chance, is beaten by it.
# An error of this share of how far values lie from their median is small, whatever beats it.
COPES, BEATEN, CHANCE, SMALL = 1.2, 1.1, 2.0, 0.1
# The longest season that lines are laid through, rows that are needed for each of its values, and how much
# large weights cost.
LONGEST, FEWEST, RIDGE = 400, 2, 1e-3


@dataclass(frozen=True)
class Lines:
    """Mean absolute errors, in levels, of straight lines through the last rows, on rows not learned from:
    through those of the ``window``, and through as many as the ``season`` has.
    """

    window: float
    season: float


@findings.register
class ShortWindow(Finding):
    """The season is clear, the window is shorter, and a straight line through a season of rows is far better
    than one through the window. Where a few rows tell where in the season one is, both are alike. A trained
    network that copes is not told of.
    """

    id = "short_window"
    title = "A window shorter than the season"
    order = 31
    sees = (Sees.DATA,)
    may_see = (Sees.ANSWERS,)
    explains = ("slow_learning", "plateau", "nothing_learned")
    judged = Judged.FORECASTS

    def look(self, patient: Patient) -> Iterator[Case]:
        whole = patient.data.series
        if whole is None or (not whole.season.rows and not patient.is_trained):
            return
        errors = _errors(patient) if patient.is_trained else None
        case = _short(patient, whole, errors)
        if case is None and errors is not None:
            case = _beaten(patient, whole, errors)
        if case is not None:
            yield case


def _errors(patient: Patient) -> Errors | None:
    """Of the part that training watches; None where there is none, or some of them cannot be told."""
    part = patient.data.watched
    answers = patient.answers.get(part)
    if part == Split.TRAINING or answers is None:
        return None
    return errors_of(patient.data, part, answers.rows, answers.given)


def _short(patient: Patient, whole: WholeSeries, errors: Errors | None) -> Case | None:
    season = whole.season.rows
    if not whole.window < season or whole.season_inputs or whole.scale.lag == season:
        return None
    if "doctor lines" not in patient.remembered:
        patient.remembered["doctor lines"] = _lines(whole)
    lines: Lines | None = patient.remembered["doctor lines"]
    if lines is None or not lines.season <= TELLS * lines.window:
        return None
    numbers = [("Window", f"{whole.window:,} rows"), ("Season", f"{season:,} rows")]
    told = (
        f"The series comes round every {season:,} rows, but only the last {whole.window:,} enter, so the "
        f"network cannot see what came a season before. A straight line through {season:,} rows errs "
        f"{lines.season / lines.window:.0%} as much as one through {whole.window:,}."
    )
    if errors is not None:
        if errors.network.mean() <= COPES * _least(errors):
            return None
        numbers += _figures(errors)
    else:
        unit = " (in its logarithm)" if whole.scale.log else ""
        numbers += [
            (f"Error of a line through {whole.window:,} rows{unit}", in_digits(lines.window)),
            (f"Through {season:,} rows", in_digits(lines.season)),
        ]
    return Case(_input(patient), told, tuple(numbers), remedies=_longer(whole))


def _beaten(patient: Patient, whole: WholeSeries, errors: Errors) -> Case | None:
    """A run that is over, and whose forecasts are clearly worse than one that takes no learning."""
    ways = {"the last known value": errors.naive}
    if errors.seasonal is not None:
        ways[f"the value {whole.season.rows:,} rows before"] = errors.seasonal
    best = min(ways, key=lambda way: float(ways[way].mean()))
    behind = errors.network - ways[best]
    spread = CHANCE * float(behind.std()) / sqrt(len(behind))
    usual = float(np.abs(errors.truth - np.median(errors.truth)).mean())
    if not is_over(patient) or not errors.network.mean() > max(BEATEN * ways[best].mean(), SMALL * usual):
        return None
    if not behind.mean() > spread:
        return None
    change = "season before" if ways[best] is errors.seasonal else "row before"
    least = float(ways[best].mean())
    title = f"Predict the change from the {change}"
    has_change = whole.scale.lag > 0
    remedies = () if has_change else (series_cut(title, change_from=change),)
    more = _longer(whole) if whole.window < whole.season.rows else ()
    return Case(
        "",
        f"On the {errors.part} part, taking {best} errs by {in_digits(least)}, and the "
        f"network by {in_digits(float(errors.network.mean()))}. What was learned is worth less than a "
        "forecast that takes no learning.",
        _figures(errors),
        remedies=(*remedies, *more),
        title="Worse than a simple forecast",
    )


def _least(errors: Errors) -> float:
    ways = [errors.naive, *([errors.seasonal] if errors.seasonal is not None else [])]
    return min(float(way.mean()) for way in ways)


def _figures(errors: Errors) -> tuple[tuple[str, str], ...]:
    told = [
        (f"Error on the {errors.part} part", in_digits(float(errors.network.mean()))),
        ("Of the last known value", in_digits(float(errors.naive.mean()))),
    ]
    if errors.seasonal is not None:
        told.append(("Of the value a season before", in_digits(float(errors.seasonal.mean()))))
    return tuple(told)


def _longer(whole: WholeSeries) -> tuple[Repair, ...]:
    season = whole.season.rows
    return (
        series_cut(f"Let one season enter (a window of {season:,} rows)", window=season),
        series_cut("Let the position in the season enter, too", season_inputs=True),
    )


def _input(patient: Patient) -> str:
    inputs = patient.wiring.inputs
    return patient.node(inputs[0].id) if len(inputs) == 1 else ""


def _lines(whole: WholeSeries) -> Lines | None:
    """Both lines, of the first target; None where the season is not clear, or rows are too few to tell."""
    season, training = whole.season.rows, np.sort(whole.ends[Split.TRAINING])
    if season > LONGEST or not len(training):
        return None
    levels = whole.scale.levels(whole.series.target[:, 0])
    if not explained_by_season(levels[: training.max() + 1], season) >= CLEAR:
        return None
    judged = np.sort(whole.ends[Split.VALIDATION])
    if len(judged) < season:
        # Too few to go round: those for training that come last stand in.
        cut = len(training) - max(len(training) // 4, 1)
        training, judged = training[:cut], np.concatenate([training[cut:], judged])
    errors = []
    for width in (whole.window, season):
        known, unknown = (_windows(levels, rows, width, whole.horizon) for rows in (training, judged))
        # Both learn from the same rows, as far as the longer one reaches back.
        if len(known[0]) < FEWEST * season or len(unknown[0]) < 2:
            return None
        errors.append(_error_of_line(known, unknown))
    return Lines(*errors)


def _windows(levels: np.ndarray, ends: np.ndarray, width: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """The last ``width`` levels that are known for each predicted row (n, width), and its level (n,)."""
    starts = ends - horizon + 1 - width
    ends, starts = ends[starts >= 0], starts[starts >= 0]
    x, y = levels[starts[:, None] + np.arange(width)], levels[ends]
    known = np.isfinite(x).all(1) & np.isfinite(y)
    return x[known], y[known]


def _error_of_line(known: tuple[np.ndarray, np.ndarray], unknown: tuple[np.ndarray, np.ndarray]) -> float:
    """Mean absolute error of ridge regression (Hoerl and Kennard 1970) on what it did not learn from."""
    (x, y), (other, truth) = known, unknown
    shift, scale = x.mean(), x.std() or 1.0
    x, other = (x - shift) / scale, (other - shift) / scale
    middle = x.mean(0), y.mean()
    inner = x - middle[0]
    weights = np.linalg.solve(
        inner.T @ inner + RIDGE * len(x) * np.eye(x.shape[1]), inner.T @ (y - middle[1])
    )
    return float(np.abs((other - middle[0]) @ weights + middle[1] - truth).mean())
