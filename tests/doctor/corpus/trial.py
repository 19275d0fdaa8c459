"""Projects that are sick as some of a blind trial were, and healthy ones that look alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from doctor.corpus.building import Healthy, Sick, arrays, clouds, columns_of, dense, project, stripes, table
from doctor.corpus.sick import BINARY, CLASSES, conv, of

from nnstudio.model.document import DataReference as Data
from nnstudio.project import Project

SPIRAL, CIRCLE, IRIS = Data("spiral"), Data("circle"), Data("iris")
NET = dense(16), "tanh", dense(1), "sigmoid"


def sick(name, build, *expected, nodes=("",), epochs=0) -> Sick:
    return Sick(name, build, expected, nodes, epochs, held_out=True)


def known(name, build, *expected, nodes=("",), epochs=0) -> Sick:
    """One by which a rule was set, or set right."""
    return Sick(name, build, expected, nodes, epochs)


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


# Pictures


def glyphs(count: int, names: str, seed: int, side: int = 16):
    """Pictures (count, side, side, 1) of letters of a few strokes, moved, with noise; their class."""
    strokes = {
        "L": [(0, 0, 8, 2), (6, 0, 2, 6)], "J": [(0, 4, 8, 2), (6, 0, 2, 6)],
        "b": [(0, 0, 8, 1), (4, 0, 4, 5)], "q": [(0, 4, 8, 1), (0, 0, 4, 5)],
        "T": [(0, 0, 2, 7), (0, 3, 8, 2)], "o": [(1, 1, 6, 5)],
        "H": [(0, 0, 8, 1), (0, 5, 8, 1), (3, 0, 2, 6)],
    }  # fmt: skip
    rng = np.random.default_rng(seed)
    y, x = np.arange(count) % len(names), rng.normal(0, 0.15, (count, side, side, 1)).astype(np.float32)
    for i in range(count):
        # Mirrored and turned ones are at the same places.
        down, right = rng.integers(3, 6), rng.integers(4, 7)
        for row, column, height, width in strokes[names[y[i]]]:
            row, column = row + down, column + right
            x[i, row : row + height, column : column + width] += 1
    return x, y.astype(np.int64)


def augmented(names: str, *changes, count: int = 360, seed: int = 90, rate: float = 0.003):
    """A convnet that tells such letters apart, behind layers that change them."""

    def build(folder: Path) -> Project:
        x, y = glyphs(count, names, seed)
        data = arrays(folder, f"glyphs{seed}", x, y, task="classes")
        return project(
            data, *changes, conv(8), "relu", "maxpool2d", "flatten", dense(24), "relu", dense(len(names)),
            "softmax", **CLASSES, learning_rate=rate, epochs=20,
        )  # fmt: skip

    return build


def blobs(count: int, seed: int, side: int = 20):
    """Pictures of spots on a noisy ground; how many there are (count,), and the row of the first (count,)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.1, (count, side, side, 1)).astype(np.float32)
    number, rows = rng.integers(1, 6, count), rng.uniform(2, side - 4, count)
    for i in range(count):
        for k in range(number[i]):
            row = int(rows[i]) if k == 0 else int(rng.uniform(1, side - 3))
            column = int(rng.uniform(1, side - 3))
            x[i, row : row + 2, column : column + 2] = 1
    return x, number.astype(np.float64), rows


def one_spot(count: int, seed: int, side: int = 20):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.1, (count, side, side, 1)).astype(np.float32)
    at = rng.integers(1, side - 4, (count, 2))
    for i, (row, column) in enumerate(at):
        x[i, row : row + 3, column : column + 3] += 1
    return x, at


def height_of_a_spot(folder: Path, pool: str = "globalaveragepool") -> Project:
    x, at = one_spot(400, 91)
    data = arrays(folder, f"height{pool}", x, at[:, 0] * 0.7, task="number")
    return project(data, conv(8), "relu", conv(8), "relu", pool, dense(16), "relu", dense(1), loss="mse",
                   learning_rate=0.003, epochs=20)  # fmt: skip


def time_of_a_pulse(folder: Path) -> Project:
    """When a pulse comes, behind a pool over all steps."""
    rng = np.random.default_rng(92)
    x, at = rng.normal(0, 0.1, (500, 24, 1)).astype(np.float32), rng.integers(1, 22, 500)
    x[np.arange(500), at, 0] += 2
    data = arrays(folder, "pulse", x, at / 3, task="number", kind="sequences")
    return project(data, ("conv1d", {"filters": 8}), "relu", "globalmaxpool1d", dense(16), "relu", dense(1),
                   loss="mse", learning_rate=0.005, epochs=30)  # fmt: skip


def quarter_of_a_spot(folder: Path) -> Project:
    """In which quarter of the picture a spot is: a class."""
    x, at = one_spot(480, 93)
    data = arrays(folder, "quarter", x, (at[:, 0] > 8) * 2 + (at[:, 1] > 8), task="classes")
    return project(data, conv(8, padding="valid"), "relu", "globalmaxpool", dense(16), "relu", dense(4),
                   "softmax", **CLASSES, learning_rate=0.003, epochs=60)  # fmt: skip


# Windows that see enough of a picture.
FAR = conv(8, 5), "relu", "maxpool2d", conv(8, 5), "relu"


def count_of_spots(folder: Path) -> Project:
    """How many there are, wherever they are: a pool is right."""
    x, number, _rows = blobs(500, 94)
    data = arrays(folder, "spots", x, number, task="number")
    return project(data, *FAR, "globalaveragepool", dense(16), "relu", dense(1),
                   loss="mse", learning_rate=0.005, epochs=25)  # fmt: skip


def brightness(folder: Path) -> Project:
    """How bright a picture is."""
    rng = np.random.default_rng(95)
    level = rng.uniform(0, 1, 400)
    x = (level[:, None, None, None] + rng.normal(0, 0.3, (400, 12, 12, 1))).astype(np.float32)
    data = arrays(folder, "bright", x, level * 5, task="number")
    return project(data, *FAR[:2], "globalaveragepool", dense(1), loss="mse", learning_rate=0.01)


def drowned(deviation: float):
    def build(folder: Path) -> Project:
        x, y = clouds(400, apart=4.0, classes=3, features=6, seed=96)
        data = table(folder, f"drowned{deviation}", columns_of(x, kind=np.array(list("abc"))[y]))
        return project(data, ("gaussiannoise", {"deviation": deviation}), dense(16), "relu", dense(3),
                       "softmax", **CLASSES, learning_rate=0.005)  # fmt: skip

    return build


def arrows(folder: Path) -> Project:
    """Triangles that point up or down, and squares, flipped from top to bottom."""
    rng, side = np.random.default_rng(104), 18
    rows, columns = np.mgrid[:side, :side]
    y, x = np.arange(330) % 3, rng.normal(0, 0.2, (330, side, side, 1)).astype(np.float32)
    for i in range(330):
        size, middle = rng.integers(4, 7), rng.uniform(7.5, 9.5)
        down, across = rows - 8.5, np.abs(columns - middle)
        slope = (down if y[i] == 0 else -down) / 2 + size / 2
        inside = (np.abs(down) < size) & (across < (slope if y[i] < 2 else size * 0.6))
        x[i, inside] += 1
    data = arrays(folder, "arrows", x, y, task="classes")
    return project(data, ("randomflip", {"mode": "vertical"}), conv(8), "relu", "maxpool2d", "flatten",
                   dense(16), "relu", dense(3), "softmax", **CLASSES, learning_rate=0.003)  # fmt: skip


def noisy_stripes(folder: Path) -> Project:
    x, y = stripes(300, seed=105)
    data = arrays(folder, "noisystripes", x, y, task="classes")
    return project(data, ("gaussiannoise", {"deviation": 12.0}), conv(6), "relu", "maxpool2d", "flatten",
                   dense(3), "softmax", **CLASSES, learning_rate=0.003)  # fmt: skip


FLIP, BOTH = ("randomflip", {"mode": "horizontal"}), ("randomflip", {"mode": "both"})
AUGMENTED = "harmful_augmentation"

TRIAL_SICK = (
    known("the schedule is over at the third epoch", with_schedule(SPIRAL, "step", 80, every=1, gamma=0.1),
         "learning_rate_gone", epochs=80),
    known("halved at each epoch", with_schedule(CIRCLE, "step", 100, every=1, gamma=0.5, optimizer="sgd"),
         "learning_rate_gone", epochs=40),
    known("a plateau that nobody waits for", with_schedule(SPIRAL, "plateau", 100, wait=0, gamma=0.01,
         batch_size=8, learning_rate=0.2), "learning_rate_gone", epochs=40),
    sick("a schedule that is over before the first step", with_schedule(SPIRAL, "step", 60, every=2,
         gamma=0.05), "learning_rate_gone"),
    known("a rate that rises until nothing stays", of(CIRCLE, *NET, **BINARY, learning_rate=30.0,
         warmup_steps=4000), "was_better", epochs=120),
    sick("all layers at a thousandth", of(CIRCLE, dense(8, learning_rate_factor=0.001), "tanh",
         dense(1, learning_rate_factor=0.001), "sigmoid", **BINARY, learning_rate=0.01), "learning_rate_gone",
         epochs=20),
    known("two months of twelve", two_months, "short_window", nodes=("input_1",), epochs=40),
    sick("two months before the first step", two_months, "short_window", nodes=("input_1",)),
    sick("two days of a week", two_days, "short_window", nodes=("input_1",), epochs=30),
    sick("beaten by the last value", drifts, "short_window", epochs=60),
    known("mirrored letters", augmented("LJT", FLIP), AUGMENTED, nodes=("randomflip_1",), epochs=6),
    known("letters upside down", augmented("bqoH", BOTH, seed=97), AUGMENTED, nodes=("randomflip_1",),
         epochs=6),
    known("letters turned by half", augmented("bqT", ("randomrotation", {"angle": 180.0}), seed=98),
         AUGMENTED, nodes=("randomrotation_1",), epochs=20),
    known("drowned in noise", drowned(6.0), AUGMENTED, nodes=("gaussiannoise_1",), epochs=20),
    known("letters that lose nearly all", augmented("LJTo", ("randomerasing", {"size": 0.9,
         "probability": 1.0}), seed=99), AUGMENTED, nodes=("randomerasing_1",), epochs=20),
    sick("arrows that point the other way", arrows, AUGMENTED, nodes=("randomflip_1",), epochs=5),
    sick("stripes in noise", noisy_stripes, AUGMENTED, nodes=("gaussiannoise_1",), epochs=5),
    known("the height of a spot behind a mean", height_of_a_spot, "lost_position",
          nodes=("globalaveragepool_1",), epochs=6),
    sick("the height of a spot behind a maximum", lambda f: height_of_a_spot(f, "globalmaxpool"),
         "lost_position", nodes=("globalmaxpool_1",)),
    sick("the time of a pulse behind a pool", time_of_a_pulse, "lost_position",
         nodes=("globalmaxpool1d_1",), epochs=10),
    known("the quarter of a spot", quarter_of_a_spot, "lost_position", nodes=("globalmaxpool_1",), epochs=60),
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
    Healthy("letters that may be mirrored", augmented("ToH", FLIP, seed=100), 12),
    Healthy("mirrored letters of which none is another", augmented("LTo", FLIP, seed=101), 12),
    Healthy("letters that are moved and turned a little", augmented("LJT", "randomshift", "randomrotation",
            "randomzoom", seed=102), 15),
    Healthy("letters that lose a little", augmented("LJT", "randomerasing", seed=103), 12),
    Healthy("a little noise", drowned(0.3), 30),
    Healthy("photos that are mirrored", of(Data("animals"), FLIP, "randomshift", *FAR, "globalaveragepool",
            dense(2), "softmax", **CLASSES, learning_rate=0.003), 1),
    Healthy("a count behind a mean", count_of_spots, 25),
    Healthy("brightness behind a mean", brightness, 30),
)  # fmt: skip
