"""`nnstudio forecast`: a series goes on past its end, with a spread, and how far off such forecasts were."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nnstudio.data.dataset import DataError, Dataset
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.backtest_figures import FIGURES, figures_of, number_of
from nnstudio.explain.drawn import as_csv, as_png
from nnstudio.explain.forecast import STEPS, Forecast, ForecastProbe, usual_steps
from nnstudio.explain.forecast_pictures import backtest_picture, forecast_picture
from nnstudio.explain.told_backtest import told_backtest, told_spread
from nnstudio.lab_command import add_out, check_files, in_json, tell_files, with_bar, write_files
from nnstudio.predict_command import UNTRAINED
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.underway import Underway

SUFFIXES = (".png", ".csv")


def add_forecast_options(command: argparse.ArgumentParser) -> None:
    """What the command takes besides a project."""
    told = STEPS.help.removesuffix(".").lower()
    command.add_argument("--steps", type=int, metavar="K", help=f"{told} (default: a season, or 14)")
    command.add_argument(
        "--backtest", action="store_true", help="print the errors for each step ahead instead of the forecast"
    )
    add_out(command, SUFFIXES, "; without it, the CSV is printed")
    command.add_argument("--json", action="store_true", help="print a JSON object with both")


def write_forecast(
    open_project: Callable[[], Project], options: argparse.Namespace,
    as_json: Callable[[dict[str, Any]], str] | None,
) -> int:  # fmt: skip
    """Print or write the forecast, or the errors of a backtest; both as JSON. Returns the exit code.

    Raises DataError where the project's data is no series, or errors are wanted and there are none, and
    FileError.
    """
    check_files(options.out, SUFFIXES, options.project)
    project = open_project()
    session = project.session()
    data = session.data
    if data.series is None:
        raise DataError(
            f"'{options.project}' does not learn from a time series, so there is nothing to forecast. For "
            "other data there is the command predict."
        )
    steps = usual_steps(data) if options.steps is None else STEPS.check(options.steps)
    began = time.perf_counter()
    forecasts = [r for r in with_bar(_forecasts(session, steps)) if isinstance(r, Forecast)]
    seconds = time.perf_counter() - began
    if options.backtest and forecasts[0].backtest is None:
        raise DataError(forecasts[0].why)
    if project.state is None:
        print(f"nnstudio: {UNTRAINED}", file=sys.stderr)
    for sentence in dict.fromkeys(s for forecast in forecasts for s in _told(data, forecast)):
        print(f"nnstudio: {sentence}", file=sys.stderr)
    rows = _errors(forecasts) if options.backtest else _values(data, forecasts)
    write_files(options.out, lambda suffix: _content(data, forecasts, rows, options.backtest, suffix))
    if as_json is not None:
        print(as_json({**_plain(data, forecasts), **in_json(options.out, seconds)}))
    else:
        if not options.out:
            sys.stdout.write(as_csv(rows[0], rows[1:]))
        tell_files(options.out, seconds, is_aside=True)
    is_whole = all(len(f.ahead) == steps and np.isfinite(f.ahead).all() for f in forecasts)
    return ExitCode.DONE if is_whole else ExitCode.INCOMPLETE


def _forecasts(session: Evaluation, steps: int) -> Iterator[Forecast | Underway]:
    """Of one column after the other, and between them how far all of it is."""
    total = len(session.data.targets)
    for target in range(total):
        for piece in ForecastProbe(steps, target=target).run(session):
            if isinstance(piece, Underway):
                yield Underway((target + piece.share) / total)
            else:
                yield piece


def _content(
    data: Dataset, forecasts: Sequence[Forecast], rows: list[list[str]], is_backtest: bool, suffix: str
) -> bytes:
    """A file. Of several columns, a picture shows one below the other."""
    if suffix == ".csv":
        return as_csv(rows[0], rows[1:]).encode()
    assert data.series is not None
    pictures = [
        backtest_picture(forecast.backtest) if is_backtest and forecast.backtest is not None
        else forecast_picture(forecast, data.series)
        for forecast in forecasts
    ]  # fmt: skip
    return as_png(np.concatenate(pictures))


def _told(data: Dataset, forecast: Forecast) -> list[str]:
    """What a person must know."""
    assert data.series is not None
    told = [data.series.season.told, forecast.note, forecast.why]
    if forecast.backtest is not None:
        told += [told_backtest(forecast.backtest), told_spread(forecast.backtest, len(forecast.ahead))]
    if not np.isfinite(forecast.ahead).all():
        told.append("The network gives no numbers here. Train it anew with a lower learning rate.")
    return [sentence for sentence in told if sentence]


def _values(data: Dataset, forecasts: list[Forecast]) -> list[list[str]]:
    """A row for each step past the end."""
    whole = data.series
    assert whole is not None
    header = [whole.series.clock or "row"]
    for forecast in forecasts:
        header += [forecast.column, f"{forecast.column} low", f"{forecast.column} high"]
    rows = []
    for step in range(len(forecasts[0].ahead)):
        row = [forecasts[0].call(whole, len(forecasts[0].truth) + step)]
        for forecast in forecasts:
            row += [number_of(values[step]) for values in (forecast.ahead, forecast.low, forecast.high)]
        rows.append(row)
    return [header, *rows]


def _errors(forecasts: list[Forecast]) -> list[list[str]]:
    """A row for each step ahead and way to forecast, and one for all steps."""
    tests = [forecast.backtest for forecast in forecasts if forecast.backtest is not None]
    rows = [row for test in tests for row in figures_of(test)]
    told = [[str(v) if isinstance(v, int | str) else number_of(v) for v in row.values()] for row in rows]
    return [list(FIGURES), *told]


def _plain(data: Dataset, forecasts: list[Forecast]) -> dict[str, Any]:
    whole, first = data.series, forecasts[0]
    assert whole is not None
    values = [
        {
            "time": forecast.call(whole, len(forecast.truth) + step), "column": forecast.column,
            "value": float(forecast.ahead[step]), "low": float(forecast.low[step]),
            "high": float(forecast.high[step]),
        }
        for forecast in forecasts
        for step in range(len(forecast.ahead))
    ]  # fmt: skip
    tests = [forecast.backtest for forecast in forecasts if forecast.backtest is not None]
    errors = [
        {key.replace(" ", "_").lower(): value for key, value in row.items()}
        for test in tests
        for row in figures_of(test)
    ]
    cleaned: dict[str, Any] = _clean(
        {
            "step": first.step, "season": whole.season.rows, "season_told": whole.season.told,
            "forecast": values, "errors": errors, "part": str(tests[0].part) if tests else None,
            "origins": len(tests[0].origins) if tests else 0, "notes": _told(data, first),
        }
    )  # fmt: skip
    return cleaned


def _clean(value: Any) -> Any:
    """Strict JSON knows no number that is not finite."""
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
