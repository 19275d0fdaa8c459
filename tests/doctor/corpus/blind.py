"""Projects that are sick as some of a second blind trial were, and healthy ones that look alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from doctor.corpus.building import Healthy, Sick, clouds, columns_of, dense, project, table
from doctor.corpus.sick import BINARY, CLASSES, of

from nnstudio.model.document import DataReference
from nnstudio.project import Project

NUMBER = dense(16), "relu", dense(1)
TWO = dense(16), "relu", dense(1), "sigmoid"
CIRCLE, IRIS = DataReference("circle"), DataReference("iris")


def smooth(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (count, 5) and a number of about 1 that two of them tell, with noise (count,)."""
    x, _ = clouds(count, features=5, seed=seed)
    return x, np.sin(x[:, 0]) + 0.5 * x[:, 1] + np.random.default_rng(seed).normal(0, 0.2, count)


def numbers(name: str, seed: int, change: Callable[[np.ndarray, np.ndarray], dict], **settings):
    """A table of such inputs, with the columns that ``change`` makes of them and of the number."""

    def build(folder: Path) -> Project:
        x, y = smooth(300, seed)
        data = table(folder, name, columns_of(x) | change(x, y), task="number")
        return project(data, *NUMBER, **{"loss": "mse", "learning_rate": 0.005} | settings)

    return build


def two_classes(name: str, seed: int, change: Callable[[np.ndarray, np.ndarray], dict], apart: float = 2.5):
    def build(folder: Path) -> Project:
        x, y = clouds(400, apart=apart, seed=seed)
        columns = change(x.copy(), y) | {"kind": np.where(y == 1, "yes", "no")}
        return project(table(folder, name, columns), *TWO, **BINARY, learning_rate=0.005)

    return build


# Far values


def without_values(x: np.ndarray, _y: np.ndarray) -> dict:
    """A tenth of each column says -999 for none."""
    for at in range(x.shape[1]):
        x[np.random.default_rng(at).random(len(x)) < 0.1, at] = -999
    return columns_of(x)


def slipped(x: np.ndarray, _y: np.ndarray) -> dict:
    """Cells in which the decimal point is missing."""
    x[::160, :2] *= 10_000
    return columns_of(x)


def one_sensor_off(x: np.ndarray, _y: np.ndarray) -> dict:
    x[np.arange(len(x)) % 9 == 0, 2] = 99999
    return columns_of(x)


def heavy_tails(x: np.ndarray, _y: np.ndarray) -> dict:
    """Incomes: a few are very large, and each is one of many."""
    return columns_of(np.exp(1.5 * x).round(3))


def typed_wrong(_x: np.ndarray, y: np.ndarray) -> dict:
    """Prices of which one in 75 has lost its decimal point."""
    prices = y * 50 + 300
    prices[::75] *= 1000
    return {"price": prices.round(1)}


def in_grams(_x: np.ndarray, y: np.ndarray) -> dict:
    weights = y * 2 + 70
    weights[5::60] *= 1000
    return {"kilograms": weights.round(2)}


def incomes(_x: np.ndarray, y: np.ndarray) -> dict:
    return {"income": np.exp(1.5 * y + 3).round(2)}


# Leaks


def log_of_price(_x: np.ndarray, y: np.ndarray) -> dict:
    price = np.exp(y + 3).round(2)
    return {"log_price": np.log10(price).round(4), "price": price}


def per_hour(_x: np.ndarray, y: np.ndarray) -> dict:
    """How long a way takes at a speed that is the target."""
    speed = (60 + 12 * y).round(2)
    return {"hours": (100 / speed).round(5), "speed": speed}


def nearly_tells(_x: np.ndarray, y: np.ndarray) -> dict:
    """What rises with the target, with an error of a few percent."""
    price = np.exp(y + 3).round(2)
    return {"estimate": (price * np.random.default_rng(2).normal(1, 0.05, len(y))).round(2), "price": price}


def points(x: np.ndarray, y: np.ndarray) -> dict:
    """Passed with 50 points of 100."""
    rng = np.random.default_rng(6)
    told = np.where(y == 1, rng.integers(50, 100, len(y)), rng.integers(0, 50, len(y)))
    return columns_of(x) | {"points": told}


def days_late(x: np.ndarray, y: np.ndarray) -> dict:
    """Late from the first minute on."""
    rng = np.random.default_rng(7)
    return columns_of(x) | {"days": np.where(y == 1, 1, -1) * rng.exponential(3, len(y)).round(3) + 0.0005}


def far_apart(x: np.ndarray, y: np.ndarray) -> dict:
    """Classes that one column tells, since they lie apart by themselves."""
    return columns_of(x) | {"length": (np.random.default_rng(8).normal(0, 0.3, len(y)) + 3 * y).round(3)}


# Classes that count differently


def weighed(name: str, seed: int, weights: str, apart: float = 2.0):
    def build(folder: Path) -> Project:
        x, y = clouds(400, apart=apart, classes=3, seed=seed)
        data = table(folder, name, columns_of(x, kind=np.array(list("abc"))[y]))
        return project(data, dense(16), "relu", dense(3), "softmax", **CLASSES, class_weights=weights,
                       learning_rate=0.005)  # fmt: skip

    return build


BLIND_SICK = (
    Sick("minus 999 for nothing", two_classes("marks", 120, without_values), ("far_inputs",), ("input_1",),
         epochs=40),
    Sick("cells without their decimal point", two_classes("slipped", 121, slipped), ("far_inputs",),
         ("input_1",), epochs=40, held_out=True),
    Sick("a sensor that was off", two_classes("sensor", 122, one_sensor_off), ("far_inputs",), ("input_1",),
         held_out=True),
    Sick("prices typed wrong", numbers("typed", 123, typed_wrong), ("far_targets",), epochs=60),
    Sick("grams among kilograms", numbers("grams", 124, in_grams, optimizer="sgd", learning_rate=0.01),
         ("far_targets",), held_out=True),
    Sick("the logarithm of the price", numbers("logs", 125, log_of_price), ("leak",), ("input_1",),
         epochs=40),
    Sick("the time that a speed takes", numbers("hours", 126, per_hour), ("leak",), ("input_1",),
         held_out=True),
    Sick("the points that pass", two_classes("points", 127, points, apart=1.0), ("leak",), ("input_1",),
         epochs=40),
    Sick("the days that are late", two_classes("days", 128, days_late, apart=1.0), ("leak",), ("input_1",),
         held_out=True),
    Sick("a warm-up from a recipe", of(CIRCLE, dense(8), "tanh", dense(1), "sigmoid", **BINARY,
         learning_rate=0.01, warmup_steps=200_000, epochs=40), ("long_warmup",), epochs=40),
    Sick("a warm-up for large data", of(IRIS, dense(16), "relu", dense(3), "softmax", **CLASSES,
         warmup_steps=4000), ("long_warmup",), held_out=True),
    Sick("one class counts a thousand times", weighed("thousand", 129, "1, 1, 1000"), ("lopsided_weights",),
         epochs=40),
    Sick("one class alone counts", weighed("alone", 136, "1, 0, 0", 3.0), ("lopsided_weights",),
         held_out=True),
)  # fmt: skip

BLIND_HEALTHY = (
    Healthy("inputs with heavy tails", two_classes("tails", 130, heavy_tails), 40),
    Healthy("incomes", numbers("incomes", 131, incomes), 60),
    Healthy("an estimate that nearly tells", numbers("estimate", 132, nearly_tells), 60),
    Healthy("one column tells two classes apart", two_classes("apart", 133, far_apart), 40),
    Healthy("prices typed wrong, by absolute errors", numbers("absolute", 134, typed_wrong, loss="mae"), 0),
    Healthy("one class counts five times", weighed("five", 137, "1, 5, 1"), 40),
    Healthy("a large weight that does no harm", weighed("harmless", 138, "1, 1, 100", 9.0), 60),
    Healthy("a short warm-up", of(CIRCLE, dense(8), "tanh", dense(1), "sigmoid", **BINARY,
            learning_rate=0.03, warmup_steps=200, epochs=60), 60),
)  # fmt: skip
