"""Projects that were written when all thresholds stood, and looked at once: none was changed for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from doctor.corpus.building import Healthy, arrays, clouds, columns_of, dense, project, stripes, table
from doctor.corpus.building import Sick as _Sick
from doctor.corpus.sick import BINARY, CLASSES, conv, few, of, pictures

from nnstudio.model.document import DataReference as Data
from nnstudio.project import Project


def sick(name, build, *expected, nodes=("",), epochs=0) -> _Sick:
    return _Sick(name, build, expected, nodes, epochs, held_out=True)


def many_scales(folder: Path) -> Project:
    x, y = clouds(400, features=5, classes=3, seed=50)
    cells = columns_of(x * np.array([1, 1, 900, 1, 1]), kind=np.array(list("abc"))[y])
    data = table(folder, "scales", cells, columns="; ".join(f"x{i}: as it is" for i in range(1, 6)))
    return project(data, dense(12), "relu", dense(3), "softmax", **CLASSES)


def pictures_twice(folder: Path) -> Project:
    x, y = stripes(120, seed=51)
    data = arrays(folder, "twice", np.concatenate([x, x]), np.concatenate([y, y]), task="classes")
    return project(data, conv(6), "relu", "maxpool2d", "flatten", dense(3), "softmax", **CLASSES)


def customers(folder: Path) -> Project:
    x, _ = clouds(250, seed=52)
    cells = columns_of(x, customer=np.arange(5000, 5250), value=(x[:, 0] * 2 + x[:, 1]).round(3))
    data = table(folder, "customers", cells, task="number", columns="customer: as it is")
    return project(data, "batchnorm", dense(8), "relu", dense(1), loss="mse")


def rare_third(folder: Path) -> Project:
    x, y = clouds(500, classes=3, seed=53)
    y = np.where(np.random.default_rng(1).random(500) < 0.03, 2, y % 2)
    data = table(folder, "third", columns_of(x, kind=np.array(list("abc"))[y]))
    return project(data, dense(12), "tanh", dense(3), "softmax", **CLASSES)


def flipped_pictures(folder: Path) -> Project:
    x, y = stripes(300, seed=54)
    wrong = np.random.default_rng(5).choice(300, 14, replace=False)
    y[wrong] = (y[wrong] + 1) % 3
    data = arrays(folder, "flipped", x, y, task="classes")
    return project(
        data, conv(8), "relu", "globalaveragepool", dense(3), "softmax", **CLASSES, learning_rate=0.02
    )


def houses(folder: Path) -> Project:
    rng, count = np.random.default_rng(60), 500
    area, rooms = rng.uniform(30, 200, count).round(1), rng.integers(1, 6, count)
    part = np.array(["north", "south", "west"])[rng.integers(0, 3, count)]
    price = area * 2000 + rooms * 5000 + (part == "south") * 30000 + rng.normal(0, 15000, count)
    cells = {"area": area, "rooms": rooms, "part": part, "price": price.round(0)}
    return project(
        table(folder, "houses", cells), dense(16), "relu", dense(1), loss="mse", learning_rate=0.01
    )


def with_dropout(folder: Path) -> Project:
    x, y = clouds(300, apart=2.0, seed=61)
    cells = columns_of(x, flag=(x[:, 0] > 0).astype(int), kind=np.where(y == 1, "yes", "no"))
    return project(
        table(folder, "flag", cells), dense(8), "relu", ("dropout", {"rate": 0.2}), dense(1), "sigmoid",
        **BINARY, learning_rate=0.005,
    )  # fmt: skip


def two_labels(folder: Path) -> Project:
    x, _ = clouds(300, seed=62)
    cells = columns_of(x, a=(x[:, 0] > 0) * 1, b=(x[:, 1] > 0) * 1)
    data = table(folder, "two", cells, columns="a: target, as it is; b: target, as it is", task="number")
    return project(
        data, dense(12), "relu", dense(2), "sigmoid", loss="multi_label_cross_entropy", learning_rate=0.01
    )


def deep_pictures(folder: Path) -> Project:
    x, y = stripes(300, seed=63)
    blocks = [step for filters in (6, 6, 8, 8) for step in (conv(filters), "batchnorm", "relu")]
    data = arrays(folder, "deep", x, y, task="classes")
    return project(data, *blocks, "globalaveragepool", dense(3), "softmax", **CLASSES, learning_rate=0.003)


SPIRAL, CIRCLE, XOR = Data("spiral"), Data("circle"), Data("xor")
UNIFORM = [step for _ in range(10) for step in (dense(10, init="uniform"), "tanh")]
SELU = [step for _ in range(4) for step in (dense(16, init="lecun"), "selu")]

LATER_SICK = (
    sick("three linear layers for a number", of(Data("plane"), dense(16), dense(16), dense(16), dense(1),
         loss="mse"), "no_nonlinearity", nodes=("dense_1",)),
    sick("one number for a spiral", of(SPIRAL, dense(16), "tanh", dense(1), "tanh", dense(16), "tanh",
         dense(1), "sigmoid", **BINARY, learning_rate=0.01), "bottleneck", nodes=("dense_2",), epochs=20),
    sick("softmax deep inside", of(CIRCLE, dense(16), "relu", dense(16), "softmax", dense(1), "sigmoid",
         **BINARY), "double_softmax", nodes=("softmax_1",), epochs=10),
    sick("one column of five in hundreds", many_scales, "input_scales", nodes=("input_1",), epochs=10),
    sick("pictures twice", pictures_twice, "repeated_rows", epochs=3),
    sick("numbers of customers", customers, "row_numbers", nodes=("input_1",), epochs=5),
    sick("a rare third class", rare_third, "imbalance", epochs=10),
    sick("flipped pictures", flipped_pictures, "mislabelled", epochs=40),
    sick("adam at 0.8 for a spiral", of(SPIRAL, dense(16), "relu", dense(16), "relu", dense(1), "sigmoid",
         **BINARY, learning_rate=0.8), "learning_rate_high", "dead_units", nodes=("", "relu_1", "relu_2"),
         epochs=30),
    sick("plain descent at a ten-thousandth", of(CIRCLE, dense(8), "tanh", dense(1), "sigmoid", **BINARY,
         optimizer="sgd", learning_rate=1e-4), "learning_rate_low", "constant_loss", epochs=40),
    sick("ten layers that start small", of(Data("gaussian"), *UNIFORM, dense(1), "sigmoid", **BINARY),
         "starved_signal", "vanishing_gradients", nodes=tuple(f"dense_{i}" for i in range(1, 11)), epochs=10),
    sick("a dead convolution", lambda f: pictures(f, "dead", conv(8, bias_values="-30"), "relu", "flatten"),
         "dead_units", nodes=("relu_1",), epochs=5),
    sick("sixty pictures by heart", lambda f: pictures(f, "heart", conv(8), "relu", "flatten", dense(64),
         "relu", learning_rate=0.003, count=60, side=16), "overfitting", "few_samples", nodes=("", "dense_1"),
         epochs=60),
    sick("half of everything is l1", of(XOR, dense(8), "relu", dense(1), "sigmoid", **BINARY, l1=0.5,
         learning_rate=0.01), "heavy_penalty", epochs=60),
    sick("unscaled targets diverge", of(Data("celsius"), dense(8), "relu", dense(1), loss="mse",
         optimizer="sgd", learning_rate=0.05), "not_a_number", "dead_units",
         nodes=("", "dense_1", "dense_2", "relu_1"), epochs=5),
    sick("dropout before batchnorm behind flatten", lambda f: pictures(f, "behind", conv(6), "relu",
         "flatten", ("dropout", {"rate": 0.3}), "batchnorm"), "dropout_before_batchnorm",
         nodes=("dropout_1",), epochs=3),
)  # fmt: skip

LATER_HEALTHY = (
    Healthy("houses", houses, 60),
    Healthy("with dropout", with_dropout, 40),
    Healthy("two labels", two_labels, 40),
    Healthy("deep pictures", deep_pictures, 8),
    Healthy("selu", of(SPIRAL, *SELU, dense(1), "sigmoid", **BINARY, learning_rate=0.003), 60),
    Healthy("lion", of(CIRCLE, dense(12), "gelu", dense(1), "sigmoid", **BINARY, optimizer="lion",
            learning_rate=0.003), 40),
    Healthy("above a function", of(Data("above_function"), dense(16), "tanh", dense(8), "tanh", dense(1),
            "sigmoid", **BINARY, learning_rate=0.01), 60),
    Healthy("momentum", of(Data("multi_gauss"), dense(16), "tanh", dense(1), loss="mse", optimizer="sgd",
            momentum=0.9, learning_rate=0.02), 50),
    Healthy("hinge", of(Data("iris"), dense(16), "relu", dense(3), loss="hinge", learning_rate=0.01), 50),
    Healthy("sigmoid inside", of(XOR, dense(8), "sigmoid", dense(1), "sigmoid", **BINARY,
            learning_rate=0.1), 60),
    Healthy("few rows with patience", lambda f: project(few(f, 60, "patience", 64), dense(8), "relu",
            dense(1), "sigmoid", **BINARY, patience=10, learning_rate=0.01), 40),
    Healthy("own points", of(Data("own_points"), dense(4), "tanh", dense(1), "sigmoid", **BINARY,
            learning_rate=0.03), 100),
)  # fmt: skip
