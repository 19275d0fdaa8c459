"""Recurrent networks on the shipped series and text, over several seeds: the figures of docs/sequences.md.

    python tests/benchmarks/sequence_figures.py [series | text] [SEEDS]

Prints rows of a Markdown table. Series: forecasts 12 months and 14 days ahead from every row of the part for
testing. Text: mean loss on the part for testing, in bits per character.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Generator, Mapping
from typing import Any

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset, Split, load
from nnstudio.explain.backtest import Backtest, Way, backtested
from nnstudio.explain.ngrams import costs_of
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

RECURRENT = {"simplernn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
# Layers between Input and the last Dense, by what the table calls them.
NETWORKS = {title: ((kind, {"units": 16}),) for kind, title in RECURRENT.items()}
# What a network without hidden layers gets: a weighted sum of the window.
LINEAR: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {"one Dense unit": (("flatten", {}),)}
SERIES = {
    "airline_passengers": (12, {"epochs": 150, "batch_size": 16, "learning_rate": 0.01}),
    "daily_temperatures": (14, {"epochs": 20, "batch_size": 32, "learning_rate": 0.005}),
}
# Up to twice as many epochs, of which that with the best validation loss is taken.
STOPPED = {
    "airline_passengers": {"epochs": 300, "patience": 20},
    "daily_temperatures": {"epochs": 40, "patience": 20},
}
LOG_CHANGES = {"log": True, "change_from": "row before"}
TOLD = {
    "airline_passengers": {
        "as it is": {}, "log, change from the row before": LOG_CHANGES,
        "the same with season inputs": {**LOG_CHANGES, "season_inputs": True},
    },
    "daily_temperatures": {"as it is": {}, "with season inputs": {"season_inputs": True}},
}  # fmt: skip
HOW = {"epochs": 8, "learning_rate": 0.003}
TEXTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the next one": ({"length": 64, "samples": 20_000}, {**HOW, "batch_size": 64}),
    "each": ({"length": 64, "samples": 5000, "guess": "each"}, {**HOW, "batch_size": 32}),
}
EMBEDDED, UNITS = 16, 96


def trained(
    data: Dataset, hidden: tuple[tuple[str, dict[str, Any]], ...], seed: int, how: Mapping[str, Any]
) -> Session:
    """Input, some layers, Dense, Output, after training; with a Softmax where the data has classes."""
    ends = (("dense", {"units": len(data.classes) or 1}), *([("softmax", {})] if data.classes else []))
    chain = (("input", {}), *hidden, *ends, ("output", {}))
    nodes = tuple(
        NodeSpec(f"n{i}", kind, options, (f"n{i - 1}",) if i else ())
        for i, (kind, options) in enumerate(chain)
    )
    settings = TrainingSettings(loss=data.fitting_loss, optimizer="adam", seed=seed)
    for name, value in how.items():
        settings = settings.with_option(name, value)
    session = Session(NetworkSpec(nodes), data, settings)
    for _pause in session.slices():
        pass
    return session


def judged(session: Session, steps: int) -> Backtest:
    """All forecasts of the part for testing."""
    work: Generator[None, None, Backtest] = backtested(session, session.parameters.copy(), steps)
    while True:
        try:
            next(work)
        except StopIteration as done:
            backtest: Backtest = done.value
            return backtest


def spread(values: list[float]) -> str:
    """Mean and standard deviation."""
    return f"{np.mean(values):.3g} ± {np.std(values, ddof=1):.2g}"


def series(seeds: int) -> None:
    """Errors of forecasts, beside those of naive ones."""
    for name, (steps, how) in SERIES.items():
        for told, options in TOLD[name].items():
            data = load(name, options)
            for title, hidden in (NETWORKS | LINEAR).items():
                tests, stopped = (
                    [judged(trained(data, hidden, seed, ways), steps) for seed in range(1, seeds + 1)]
                    for ways in (how, {**how, **STOPPED[name]})
                )
                figures = [test.overall(Way.NETWORK) for test in tests]
                row = [
                    spread([float(getattr(f, field)[0]) for f in figures])
                    for field in ("mean_absolute", "root_mean_square", "scaled")
                ]
                row.append(spread([float(test.overall(Way.NETWORK).mean_absolute[0]) for test in stopped]))
                print(f"| {name} | {told} | {title} | {' | '.join(row)} |", flush=True)
            for way in (Way.SEASONAL, Way.NAIVE):
                figure = tests[0].overall(way)
                numbers = (figure.mean_absolute, figure.root_mean_square, figure.scaled)
                row = [f"{float(v[0]):.3g}" for v in numbers]
                print(f"| {name} | {told} | {way} | {' | '.join(row)} |", flush=True)


def text(seeds: int) -> None:
    """Bits per character, beside those of n-gram models, which count the whole training text."""
    for told, (options, how) in TEXTS.items():
        data = load("shakespeare", options)
        assert data.passage is not None
        *_counting, costs = costs_of(data.passage, Split.TEST, data.x_test, data.y_test)
        bits = ", ".join(f"{cost / math.log(2):.3f}" for cost in costs or ())
        print(f"| {told} | n-grams of orders from 1 on | {bits} |", flush=True)
        each = {"return_sequences": data.target_width > 1}
        for kind, title in RECURRENT.items():
            embedding = {"size": len(data.classes), "dimensions": EMBEDDED}
            hidden = (("embedding", embedding), (kind, {"units": UNITS, **each}))
            sessions = (trained(data, hidden, seed, how) for seed in range(1, seeds + 1))
            losses = [session.evaluate(data.x_test, data.y_test)[0] / math.log(2) for session in sessions]
            print(f"| {told} | {title} | {spread(losses)} |", flush=True)


if __name__ == "__main__":
    which, seeds = [*sys.argv[1:], "", ""][:2]
    for run in {"series": (series,), "text": (text,)}.get(which, (series, text)):
        run(int(seeds or 3))
