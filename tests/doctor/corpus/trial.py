"""Projects that are sick as some of a blind trial were, and healthy ones that look alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from doctor.corpus.building import Healthy, Sick, clouds, columns_of, dense, project, table
from doctor.corpus.sick import BINARY, of

from nnstudio.model.document import DataReference as Data
from nnstudio.project import Project

SPIRAL, CIRCLE, IRIS = Data("spiral"), Data("circle"), Data("iris")
NET = dense(16), "tanh", dense(1), "sigmoid"


def sick(name, build, *expected, nodes=("",), epochs=0) -> Sick:
    return Sick(name, build, expected, nodes, epochs, held_out=True)


# Schedules


def with_schedule(data: Data, schedule: str, epochs: int, **options):
    """A network for two classes whose learning rate changes."""
    settings = BINARY | {"learning_rate": 0.03, "epochs": epochs, "schedule": schedule} | options
    return of(data, *NET, **settings)


def noisy_with_steps(folder: Path) -> Project:
    """Classes that overlap, learned as far as they can be before the rate has fallen."""
    x, y = clouds(500, apart=1.8, seed=87)
    data = table(folder, "overlapping", columns_of(x, kind=np.where(y == 1, "a", "b")))
    built = project(data, dense(6), "tanh", dense(1), "sigmoid", **BINARY)
    settings = built.document.settings.with_option("epochs", 150).with_option("schedule", "step")
    for name, value in (("every", 5), ("gamma", 0.5)):
        settings = settings.with_option(name, value)
    built.document.settings = settings.with_option("learning_rate", 0.02)
    return built


# Series


def dates(count: int, unit: str) -> np.ndarray:
    return np.datetime_as_string(np.datetime64("2001-01", unit) + np.arange(count))


def series(folder: Path, name: str, unit: str, values: np.ndarray, *steps, window: int, **options) -> Project:
    """A series with a date for each row; ``options`` of the data."""
    cells = {"date": dates(len(values), unit), "value": values.round(3)}
    path = table(folder, name, cells).options["path"]
    data = Data("series", {"path": path, "window": window, "validation_ratio": 0.15, **options})
    return project(data, *steps, dense(1), loss="mse", learning_rate=0.005, epochs=60)


def by_month(count: int, seed: int) -> np.ndarray:
    """A value for each month of the year, in no order, with noise."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 20, 12)[np.arange(count) % 12] + 100 + rng.normal(0, 2, count)


def two_months(folder: Path) -> Project:
    return series(folder, "months", "M", by_month(260, 80), "flatten", dense(16), "relu", window=2)


def two_days(folder: Path) -> Project:
    """Weeks with two days off, of which two days before hardly tell, in a recurrent network."""
    rng = np.random.default_rng(81)
    week = np.array([40.0, 22, 38, 25, 41, 3, 6])
    values = week[np.arange(420) % 7] * (1 + 0.1 * rng.normal(0, 1, 420)) + np.arange(420) * 0.02
    return series(folder, "days", "D", values, ("gru", {"units": 8}), window=2)


def drifts(folder: Path) -> Project:
    """What grows beyond all that was learned from: the last value is nearer than the network comes."""
    rng = np.random.default_rng(82)
    values = np.exp(np.arange(300) / 60) * 10 + np.cumsum(rng.normal(0, 0.5, 300))
    return series(folder, "drifts", "D", values, "flatten", dense(8), "tanh", window=7)


def smooth_season(folder: Path) -> Project:
    """A wave, of which three values tell all that comes."""
    rng = np.random.default_rng(83)
    values = 10 * np.sin(2 * np.pi * np.arange(300) / 12) + rng.normal(0, 0.05, 300)
    return series(folder, "wave", "M", values, "flatten", dense(16), "tanh", window=3)


def with_position(folder: Path) -> Project:
    """Months again, but where in the year they are enters, too."""
    return series(folder, "position", "M", by_month(260, 84), "flatten", dense(16), "relu", window=2,
                  season_inputs=True)  # fmt: skip


def whole_year(folder: Path) -> Project:
    return series(folder, "year", "M", by_month(260, 85), "flatten", dense(16), "relu", window=12)


def no_season(folder: Path) -> Project:
    """Dates by month, and values that know nothing of them."""
    rng, values = np.random.default_rng(86), np.zeros(300)
    for i in range(1, 300):
        values[i] = 0.7 * values[i - 1] + rng.normal(0, 1)
    return series(folder, "calm", "M", values, "flatten", dense(8), "tanh", window=2)


TRIAL_SICK = (
    Sick("the schedule is over at the third epoch", with_schedule(SPIRAL, "step", 80, every=1, gamma=0.1),
         ("learning_rate_gone",), epochs=80),
    sick("halved at each epoch", with_schedule(CIRCLE, "step", 100, every=1, gamma=0.5, optimizer="sgd"),
         "learning_rate_gone", epochs=40),
    sick("a plateau that nobody waits for", with_schedule(SPIRAL, "plateau", 100, wait=0, gamma=0.01,
         batch_size=8, learning_rate=0.2), "learning_rate_gone", epochs=40),
    sick("a schedule that is over before the first step", with_schedule(SPIRAL, "step", 60, every=2,
         gamma=0.05), "learning_rate_gone"),
    sick("all layers at a thousandth", of(CIRCLE, dense(8, learning_rate_factor=0.001), "tanh",
         dense(1, learning_rate_factor=0.001), "sigmoid", **BINARY, learning_rate=0.01), "learning_rate_gone",
         epochs=20),
    Sick("two months of twelve", two_months, ("short_window",), ("input_1",), epochs=40),
    sick("two months before the first step", two_months, "short_window", nodes=("input_1",)),
    sick("two days of a week", two_days, "short_window", nodes=("input_1",), epochs=30),
    sick("beaten by the last value", drifts, "short_window", epochs=60),
)  # fmt: skip

TRIAL_HEALTHY = (
    Healthy("a rate that falls by steps", with_schedule(CIRCLE, "step", 60, every=10, gamma=0.5), 60),
    Healthy("a tenth at half and at three quarters", with_schedule(CIRCLE, "step", 60, every=20, gamma=0.1),
            60),
    Healthy("cosine to its end", with_schedule(CIRCLE, "cosine", 60), 60),
    Healthy("noisy, with a rate that falls", noisy_with_steps, 150),
    Healthy("a plateau that is waited for", with_schedule(CIRCLE, "plateau", 100, wait=5, gamma=0.5), 100),
    Healthy("one layer that learns slowly", of(IRIS, dense(16, learning_rate_factor=0.01), "relu", dense(3),
            "softmax", loss="softmax_cross_entropy", learning_rate=0.01), 60),
    Healthy("three values of a wave", smooth_season, 60),
    Healthy("a short window with the position in the season", with_position, 60),
    Healthy("a window of a year", whole_year, 60),
    Healthy("months without a season", no_season, 60),
)  # fmt: skip
