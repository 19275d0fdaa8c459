"""Projects that are sick in a known way: those by which thresholds were set, and those held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from doctor.corpus.building import Sick, arrays, clouds, columns_of, dense, project, stripes, table

from nnstudio.model.document import DataReference
from nnstudio.project import Project, open_example

BINARY = {"loss": "binary_cross_entropy"}
CLASSES = {"loss": "softmax_cross_entropy"}
XOR, IRIS, SPIRAL = DataReference("xor"), DataReference("iris"), DataReference("spiral")
CELSIUS = DataReference("celsius")


def of(data: DataReference, *steps, **settings):
    """What builds this project; the folder is not needed."""
    return lambda _folder: project(data, *steps, **settings)


# Tables and arrays


def scaled(folder: Path, name: str, factors: tuple[float, ...]) -> DataReference:
    """Clouds of which some columns are much larger, taken as they are."""
    x, y = clouds(300, features=len(factors), seed=1)
    told = "; ".join(f"x{i + 1}: as it is" for i in range(len(factors)))
    columns = columns_of(x * np.array(factors), kind=np.where(y == 1, "a", "b"))
    return table(folder, name, columns, columns=told)


def unscaled_target(folder: Path, **settings) -> Project:
    """Prices in hundreds, taken as they are: too far away for steps of this size."""
    x, _ = clouds(120, seed=70)
    prices = (x[:, 0] * 80 + x[:, 1] * 40 + 400).round(1)
    data = table(folder, "prices", columns_of(x, price=prices), task="number", columns="price: as it is")
    return project(data, dense(8), "tanh", dense(1), loss="mse", batch_size=64, epochs=30, **settings)


def yes_or_no(folder: Path) -> Project:
    x, y = clouds(300, seed=2)
    data = table(folder, "yes", columns_of(x, bought=y), task="number")
    return project(data, dense(8), "relu", dense(1), loss="mse")


def several_labels(folder: Path) -> Project:
    x, _ = clouds(300, seed=3)
    data = table(
        folder, "labels", columns_of(x, warm=(x[:, 0] > 0) * 1, large=(x[:, 1] > 0) * 1),
        columns="warm: target; large: target", task="number",
    )  # fmt: skip
    return project(data, dense(8), "tanh", dense(2), loss="mae")


def same_number(folder: Path) -> Project:
    x, _ = clouds(120, seed=4)
    price = np.where(np.arange(120) < 110, 7, 9)
    data = table(folder, "same", columns_of(x, price=price), task="number", split="in order", test_ratio=0.2)
    return project(data, dense(8), "relu", dense(1), loss="mse")


def leaking(folder: Path) -> Project:
    x, _ = clouds(200, apart=1.0, seed=6)
    price = np.round(3 * x[:, 0] + x[:, 1] ** 2, 3)
    data = table(folder, "leak", columns_of(x, tax=np.round(price * 0.19 + 2, 5), price=price), task="number")
    return project(data, dense(8), "relu", dense(1), loss="mse")


def leaking_class(folder: Path) -> Project:
    x, y = clouds(240, apart=1.0, classes=3, seed=7)
    names = np.array(["oak", "fir", "elm"])[y]
    codes = np.array([40, 10, 30])[y]
    data = table(folder, "code", columns_of(x, code=codes, tree=names))
    return project(data, dense(8), "relu", dense(3), "softmax", **CLASSES)


def repeated(folder: Path) -> Project:
    x, y = clouds(150, apart=1.0, seed=8)
    x, y = np.tile(x, (3, 1)), np.tile(y, 3)
    data = table(folder, "again", columns_of(x, kind=np.where(y == 1, "a", "b")))
    return project(data, dense(8), "relu", dense(1), "sigmoid", **BINARY)


def numbered(folder: Path) -> Project:
    x, y = clouds(200, seed=9)
    columns = {"counter": np.arange(1, 201)} | columns_of(x, kind=np.where(y == 1, "a", "b"))
    data = table(folder, "numbered", columns, columns="counter: as it is")
    return project(data, "batchnorm", dense(8), "relu", dense(1), "sigmoid", **BINARY)


def rare(folder: Path, share: int, apart: float, name: str) -> DataReference:
    """One sample in so many is of the second class, in the middle of the first."""
    x, _ = clouds(600, seed=10)
    y = np.arange(600) % share == 0
    x = np.random.default_rng(1).normal(0, 1, x.shape) + y[:, None] * apart / 2
    return table(folder, name, columns_of(x.round(4), kind=np.where(y, "rare", "usual")))


def flipped(folder: Path, classes: int, count: int, name: str) -> DataReference:
    """Clouds far apart with so many labels that are wrong, all in the training part's share."""
    x, y = clouds(400, apart=6.0, classes=classes, features=3, seed=11)
    wrong = np.random.default_rng(2).choice(len(y), count, replace=False)
    y[wrong] = (y[wrong] + 1) % classes
    return table(folder, name, columns_of(x, kind=np.array(["a", "b", "c"])[y]))


def unfair(folder: Path) -> Project:
    x, y = clouds(900, apart=3.0, seed=12)
    group = np.arange(900) % 3 == 0
    y = np.where(group, np.random.default_rng(3).integers(0, 2, 900), y)
    columns = columns_of(x, town=np.where(group, "north", "south"), kind=np.where(y == 1, "a", "b"))
    data = table(folder, "unfair", columns)
    return project(data, dense(8), "relu", dense(1), "sigmoid", **BINARY, learning_rate=0.01)


def few(folder: Path, count: int, name: str, seed: int) -> DataReference:
    x, y = clouds(count, apart=1.0, features=6, seed=seed)
    return table(folder, name, columns_of(x, kind=np.where(y == 1, "a", "b")), test_ratio=0.4)


def by_heart(folder: Path) -> Project:
    x, _ = clouds(80, features=10, seed=13)
    data = table(
        folder, "noise", columns_of(x, kind=np.where(np.arange(80) * 7 % 5 < 2, "a", "b")),
        test_ratio=0.2, validation_ratio=0.3,
    )  # fmt: skip
    return project(
        data, dense(64), "relu", dense(64), "relu", dense(1), "sigmoid", **BINARY, learning_rate=0.01,
        batch_size=16,
    )  # fmt: skip


def numbers_by_heart(folder: Path) -> Project:
    x, _ = clouds(70, features=8, seed=14)
    y = np.random.default_rng(4).normal(0, 1, 70).round(3)
    data = table(folder, "random", columns_of(x, y=y), task="number", test_ratio=0.2, validation_ratio=0.3)
    return project(data, dense(80), "tanh", dense(40), "tanh", dense(1), loss="mse", learning_rate=0.01)


def pictures(folder: Path, name: str, *steps, count: int = 240, side: int = 12, **settings) -> Project:
    x, y = stripes(count, side, seed=len(name))
    data = arrays(folder, name, x, y, task="classes")
    return project(data, *steps, dense(3), "softmax", **CLASSES, **settings)


def blurred(folder: Path, name: str) -> DataReference:
    """Three clouds that overlap."""
    x, y = clouds(400, apart=2.0, classes=3, seed=15)
    return table(folder, name, columns_of(x, kind=np.array(["a", "b", "c"])[y]))


def stopped(folder: Path) -> Project:
    """Numbers that no input tells, and early stopping, which soon ends it."""
    x, _ = clouds(120, features=6, seed=16)
    y = np.random.default_rng(8).normal(0, 1, 120).round(3)
    data = table(folder, "untold", columns_of(x, y=y), task="number", test_ratio=0.2, validation_ratio=0.2)
    return project(
        data, dense(16), "relu", dense(1), loss="mse", learning_rate=0.01, epochs=40, patience=5,
        batch_size=16,
    )  # fmt: skip


def conv(filters: int, size: int = 3, **options):
    return "conv2d", {"filters": filters, "kernel_size": size, **options}


def sequence(folder: Path) -> Project:
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1, (200, 40, 2)).astype(np.float32)
    data = arrays(folder, "sequence", x, (x[:, 0, 0] > 0).astype(np.int64), task="classes")
    return project(data, *[("dense", {"units": 24, "init": "normal"}), "tanh"] * 9, "flatten", dense(1),
                   "sigmoid", **BINARY)  # fmt: skip


DEEP_SIGMOID = [step for _ in range(9) for step in (dense(12, init="glorot"), "sigmoid")]
OFF = ("dropout", {"rate": 0.9})
SEVEN_SIGMOIDS = [step for _ in range(7) for step in (dense(12), "sigmoid")]
DEEP_SMALL = [step for _ in range(8) for step in (dense(16, init="normal"), "tanh")]
SQUARES = [step for _ in range(4) for step in (dense(16), "square")]

SICK = (
    # What the network is
    Sick("two layers that could be one", of(XOR, dense(8), dense(8), dense(1), "sigmoid", **BINARY),
         ("no_nonlinearity",), ("dense_1",)),
    Sick("convolutions that could be one",
         lambda f: pictures(f, "linear", conv(6), conv(8), "relu", "globalaveragepool"),
         ("no_nonlinearity",), ("conv2d_1",), held_out=True),
    Sick("dropout is no activation",
         of(IRIS, dense(16), ("dropout", {"rate": 0.2}), dense(12), "relu", dense(3), "softmax", **CLASSES),
         ("no_nonlinearity",), ("dense_1",), held_out=True),
    Sick("bottleneck of one", of(IRIS, dense(16), "relu", dense(1), "relu", dense(8), "relu", dense(3),
         "softmax", **CLASSES), ("bottleneck",), ("dense_2",)),
    Sick("bottleneck behind pictures",
         lambda f: pictures(f, "narrow", conv(6), "relu", "flatten", dense(1), "tanh"),
         ("bottleneck",), ("dense_1",), held_out=True),
    Sick("softmax as an activation", of(IRIS, dense(16), "softmax", dense(3), "softmax", **CLASSES),
         ("double_softmax",), ("softmax_1",)),
    Sick("softmax twice", of(IRIS, dense(16), "relu", dense(3), "softmax", ("dropout", {"rate": 0.1}),
         "softmax", **CLASSES), ("double_softmax", "problem"), ("softmax_1", "softmax_2"), held_out=True),
    Sick("softmax over one unit", of(CELSIUS, dense(1), "softmax", loss="mse"), ("problem",), ("softmax_1",)),
    Sick("sigmoid cannot reach", of(CELSIUS, dense(4), "relu", dense(1), "sigmoid", loss="mse"),
         ("problem",), ("sigmoid_1",), held_out=True),
    Sick("dropout before batchnorm",
         of(IRIS, dense(16), "relu", ("dropout", {"rate": 0.5}), "batchnorm", dense(3), "softmax", **CLASSES),
         ("dropout_before_batchnorm",), ("dropout_1",)),
    Sick("dropout before batchnorm in pictures",
         lambda f: pictures(f, "drops", conv(6), ("dropout", {"rate": 0.4}), "relu", "batchnorm", "flatten"),
         ("dropout_before_batchnorm",), ("dropout_1",), held_out=True),
    Sick("sees too little", lambda f: pictures(f, "small", conv(8), "relu", "globalaveragepool", side=16),
         ("receptive_field",), ("conv2d_1",)),
    Sick("sees more border than picture",
         lambda f: pictures(f, "large", conv(4, 25), "relu", "maxpool2d", "flatten"),
         ("receptive_field",), ("conv2d_1",), held_out=True),
    # What the settings are
    Sick("batch larger than the data", of(DataReference("gaussian"), dense(4), "tanh", dense(1), "sigmoid",
         **BINARY, batch_size=1024), ("batch_size",)),
    Sick("batch of everything", of(IRIS, dense(8), "relu", dense(3), "softmax", **CLASSES, batch_size=4096),
         ("batch_size",), held_out=True),
    Sick("batchnorm with batches of one", of(IRIS, dense(8), "batchnorm", "relu", dense(3), "softmax",
         **CLASSES, batch_size=1), ("problem",), ("batchnorm_1",)),
    Sick("batchnorm with a last batch of one",
         of(DataReference("gaussian", {"samples": 101, "test_ratio": 0.0, "validation_ratio": 0.0}), dense(8),
            "batchnorm", "relu", dense(1), "sigmoid", **BINARY, batch_size=20),
         ("problem",), ("batchnorm_1",), held_out=True),
    Sick("learning rate of a thousand", of(SPIRAL, dense(8), "tanh", dense(8), "tanh", dense(1), "sigmoid",
         **BINARY, learning_rate=1000.0), ("learning_rate_high",), epochs=20),
    Sick("diverges", of(CELSIUS, dense(1), loss="mse", optimizer="sgd", learning_rate=0.1),
         ("not_a_number",), ("", "dense_1"), epochs=5),
    Sick("diverges before the first step", of(DataReference("plane"), dense(8), "relu", dense(1), loss="mse",
         optimizer="sgd", learning_rate=3.0), ("not_a_number",), ("dense_1", "dense_2"), held_out=True),
    Sick("pictures at a rate of one",
         lambda f: pictures(f, "hot", conv(6), "relu", "flatten", learning_rate=1.0),
         ("learning_rate_high", "dead_units"), ("", "relu_1"), epochs=15, held_out=True),
    Sick("learning rate of a millionth", of(XOR, dense(8), "tanh", dense(1), "sigmoid", **BINARY,
         learning_rate=1e-6), ("learning_rate_low", "constant_loss"), epochs=20),
    Sick("slow descent", of(IRIS, dense(16), "relu", dense(3), "softmax", **CLASSES, optimizer="sgd",
         learning_rate=1e-5), ("learning_rate_low", "constant_loss"), epochs=40, held_out=True),
    # What the data is
    Sick("one column in thousands", lambda f: project(scaled(f, "large", (1, 1, 1, 5000)), dense(8), "relu",
         dense(1), "sigmoid", **BINARY), ("input_scales",), ("input_1",)),
    Sick("all columns in hundreds", lambda f: project(scaled(f, "all", (400, 300, 500)), dense(8), "tanh",
         dense(1), "sigmoid", **BINARY), ("input_scales",), ("input_1",), held_out=True),
    Sick("yes or no as a number", yes_or_no, ("labels_as_numbers",), ("output_1",)),
    Sick("labels as numbers", several_labels, ("labels_as_numbers",), ("output_1",), held_out=True),
    Sick("target without differences", same_number, ("constant_target",)),
    Sick("thousands of weights for a few rows", lambda f: project(few(f, 40, "few", 20), dense(256), "relu",
         dense(256), "relu", dense(1), "sigmoid", **BINARY), ("few_samples",), ("dense_2",)),
    Sick("a large picture network for few pictures",
         lambda f: pictures(f, "little", conv(32), "relu", "flatten", dense(64), "relu", count=30, side=16),
         ("few_samples",), ("dense_1",), held_out=True),
    Sick("tax gives the price away", leaking, ("leak",), ("input_1",)),
    Sick("codes give the class away", leaking_class, ("leak",), ("input_1",), held_out=True),
    Sick("rows three times", repeated, ("repeated_rows",)),
    Sick("row numbers", numbered, ("row_numbers",), ("input_1",)),
    Sick("a rare class", lambda f: project(rare(f, 25, 2.0, "rare"), dense(8), "relu", dense(1), "sigmoid",
         **BINARY), ("imbalance",)),
    # How it starts, and what flows through it
    Sick("deep and small", of(IRIS, *DEEP_SMALL, dense(3), "softmax", **CLASSES),
         ("starved_signal",), tuple(f"dense_{i}" for i in range(1, 9))),
    Sick("deep sigmoid", of(IRIS, *DEEP_SIGMOID, dense(3, init="glorot"), "softmax", **CLASSES),
         ("starved_signal", "vanishing_gradients"),
         ("sigmoid_1", *(f"dense_{i}" for i in range(1, 10))), epochs=20, held_out=True),
    Sick("five sigmoids", of(IRIS, *DEEP_SIGMOID[:10], dense(3, init="glorot"), "softmax", **CLASSES),
         ("vanishing_gradients",), ("sigmoid_1",)),
    Sick("seven sigmoids before the first step", of(IRIS, *SEVEN_SIGMOIDS, dense(3), "softmax", **CLASSES),
         ("vanishing_gradients",), ("sigmoid_1",)),
    Sick("seven sigmoids that learned nothing", of(IRIS, *SEVEN_SIGMOIDS, dense(3), "softmax", **CLASSES),
         ("vanishing_gradients",), ("sigmoid_1",), epochs=30),
    Sick("sigmoids in pictures",
         lambda f: pictures(f, "pale", *[conv(6, init="glorot"), "sigmoid"] * 6, "flatten", side=8),
         ("vanishing_gradients", "starved_signal"), ("sigmoid_1", *(f"conv2d_{i}" for i in range(1, 7))),
         held_out=True),
    Sick("deep over sequences", sequence, ("starved_signal", "vanishing_gradients"),
         tuple(f"dense_{i}" for i in range(1, 10)), held_out=True),
    Sick("squares of squares", of(SPIRAL, *SQUARES, dense(1), "sigmoid", **BINARY),
         ("flooded_signal",), tuple(f"square_{i}" for i in range(1, 5)), held_out=True),
    Sick("weights far too large", of(SPIRAL, dense(16, init="by_hand", init_values="9"), "relu",
         dense(16, init="by_hand", init_values="9"), "relu", dense(1), "sigmoid", **BINARY),
         ("flooded_signal",), ("dense_2",)),
    Sick("all weights alike", of(XOR, dense(8, init="by_hand", init_values="0.5"), "tanh",
         dense(1, init="by_hand", init_values="0.5"), "sigmoid", **BINARY), ("symmetric_units",),
         ("dense_1",)),
    Sick("all weights zero", of(IRIS, dense(8, init="zeros"), "relu", dense(3, init="zeros"), "softmax",
         **CLASSES), ("symmetric_units",), ("dense_1",), epochs=30, held_out=True),
    Sick("dead from the start", of(IRIS, dense(16, bias_values="-100"), "relu", dense(3), "softmax",
         **CLASSES), ("dead_units",), ("relu_1",), epochs=10),
    Sick("killed by a large step",
         lambda f: pictures(f, "killed", conv(8), "relu", "flatten", dense(32), "relu", optimizer="sgd",
                            learning_rate=20.0),
         ("dead_units", "learning_rate_high", "no_gradient"), ("relu_1", "relu_2", "", "conv2d_1"), epochs=8,
         held_out=True),
    Sick("saturated from the start", of(SPIRAL, dense(8, bias_values="12"), "tanh", dense(8, init="glorot"),
         "tanh", dense(1), "sigmoid", **BINARY), ("saturated_units",), ("tanh_1",), epochs=5),
    Sick("statistics stand still",
         lambda f: pictures(f, "still", conv(6, bias_values="4"), ("batchnorm", {"momentum": 0.0001}), "relu",
                            "flatten"),
         ("batchnorm_statistics",), ("batchnorm_1",), epochs=15),
    # How it learned
    Sick("weights decay", of(DataReference("circle"), dense(8), "tanh", dense(1), "sigmoid", **BINARY,
         optimizer="sgd", learning_rate=0.5, weight_decay=0.9), ("heavy_penalty",), epochs=40),
    Sick("pulled to zero", of(IRIS, dense(16), "relu", dense(3), "softmax", **CLASSES, l2=2.0,
         learning_rate=0.01), ("heavy_penalty",), epochs=60, held_out=True),
    Sick("too much momentum", of(DataReference("circle"), dense(8), "tanh", dense(1), "sigmoid", **BINARY,
         optimizer="sgd", momentum=0.99, learning_rate=0.1, batch_size=8),
         ("rising_loss", "learning_rate_high"), epochs=40, held_out=True),
    Sick("a line for a circle", of(DataReference("circle"), dense(1), "sigmoid", **BINARY,
         learning_rate=0.03), ("underfitting",), epochs=40, held_out=True),
    Sick("everything is frozen", of(XOR, dense(8, frozen=True), "tanh", dense(1, frozen=True), "sigmoid",
         **BINARY), ("constant_loss",), epochs=20),
    Sick("a line for an exclusive or", of(XOR, dense(1, init="zeros"), "sigmoid", **BINARY),
         ("constant_loss",), epochs=20),
    Sick("learns noise by heart", by_heart, ("nothing_learned",), epochs=60),
    Sick("learns random numbers by heart", numbers_by_heart, ("nothing_learned",), epochs=150),
    Sick("wrong labels", lambda f: project(flipped(f, 2, 16, "flipped"), dense(8), "relu", dense(1),
         "sigmoid", **BINARY, learning_rate=0.01), ("mislabelled",), epochs=40),
    Sick("wrong labels among three", lambda f: project(flipped(f, 3, 22, "three"), dense(12), "tanh",
         dense(3), "softmax", **CLASSES, learning_rate=0.01), ("mislabelled",), epochs=40, held_out=True),
    Sick("never says rare", lambda f: project(rare(f, 8, 0.4, "never"), dense(4), "tanh", dense(1), "sigmoid",
         **BINARY, learning_rate=0.01), ("class_never_predicted",), ("output_1",), epochs=15),
    Sick("worse in the north", unfair, ("group_gap",), epochs=40),
    Sick("drowned in dropout", of(IRIS, dense(16), "relu", ("dropout", {"rate": 0.99}), dense(16), "relu",
         ("dropout", {"rate": 0.99}), dense(3), "softmax", **CLASSES, learning_rate=0.01),
         ("heavy_dropout",), ("dropout_1", "dropout_2"), epochs=60),
    Sick("pictures drowned in dropout",
         lambda f: pictures(f, "drown", conv(4), "relu", "globalaveragepool", ("dropout", {"rate": 0.9})),
         ("heavy_dropout",), ("dropout_1",), held_out=True),
    Sick("most of it switched off twice", lambda f: project(blurred(f, "off"), dense(12), "relu", OFF,
         dense(12), "relu", OFF, dense(3), "softmax", **CLASSES), ("strong_dropout",),
         ("dropout_1", "dropout_2"), epochs=60),
    Sick("most of it switched off once", lambda f: project(blurred(f, "once"), dense(12), "relu", OFF,
         dense(3), "softmax", **CLASSES), ("strong_dropout",), ("dropout_1",), epochs=60),
    Sick("far too sure at a rate of three", lambda f: project(blurred(f, "sure"), dense(16), "relu", dense(3),
         "softmax", **CLASSES, learning_rate=3.0), ("learning_rate_high",), epochs=60),
    Sick("stopped before it learned anything", stopped, ("nothing_learned",), epochs=40),
    Sick("ends worse than the mean", unscaled_target, ("slow_learning",), epochs=30),
    Sick("ends at the level of a coin", of(DataReference("circle"), dense(8), "tanh", dense(1), "sigmoid",
         **BINARY, optimizer="sgd", learning_rate=0.01, epochs=12), ("slow_learning",), epochs=12),
    Sick("a spiral for twice as long", lambda _folder: open_example("spiral"), ("loss_spikes",), epochs=1600),
    Sick("too small for a spiral", of(SPIRAL, dense(1), "sigmoid", **BINARY, learning_rate=0.03),
         ("underfitting", "plateau"), epochs=80),
)  # fmt: skip
