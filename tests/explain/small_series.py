"""A series of sixty months, the simplest network for it, and its forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset, load
from nnstudio.explain.rollout import rolled
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

ROWS, WINDOW = 60, 4
AT = np.arange(ROWS)
SALES = 50 + AT + 10 * np.sin(AT * np.pi / 6) + AT % 5
PRICE = 3 + np.cos(AT)


def series_of(folder: Path, sales: Sequence[float] = SALES, **options: object) -> Dataset:
    pairs = enumerate(zip(PRICE, sales, strict=True))
    rows = [f"{1990 + i // 12}-{i % 12 + 1:02},{price:.9g},{sold:.9g}" for i, (price, sold) in pairs]
    path = folder / "months.csv"
    path.write_text("\n".join(["month,price,sales", *rows, ""]))
    return load("series", {"path": str(path), "window": WINDOW, **options})


def sum_of(data: Dataset) -> Session:
    """A network that multiplies each input by a weight; its weights are what they begin as."""
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("f", "flatten", {}, ("i",)),
        NodeSpec("d", "dense", {"units": data.target_width}, ("f",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    return Session(NetworkSpec(nodes), data, TrainingSettings(loss="mse", seed=4))


def forecast_of(session: Session, origins: Sequence[int], steps: int) -> np.ndarray:
    work = rolled(session, session.parameters.copy(), np.array(origins), steps)
    while True:
        try:
            next(work)
        except StopIteration as done:
            paths: np.ndarray = done.value
            return paths
