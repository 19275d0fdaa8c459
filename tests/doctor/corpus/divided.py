"""Outputs without weight, parts that lack targets, losses that aim at the median, and targets that were
sorted by themselves; with healthy projects that look like them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from doctor.corpus.building import Healthy, Sick, clouds, columns_of, dense, project, table

from nnstudio.model.document import DataReference
from nnstudio.model.graph import Link
from nnstudio.project import Project

BINARY = {"loss": "binary_cross_entropy"}
CLASSES = {"loss": "softmax_cross_entropy"}


# Outputs


def two_outputs(folder: Path, name: str, first: float, second: float, factor: float = 1.0, **settings):
    """Two numbers, each with layers and an Output of its own behind a common layer; ``factor``: of the first
    target, which is taken as it is.
    """
    x, _ = clouds(300, seed=80)
    a, b = factor * (x[:, 0] + x[:, 1] * 0.5), np.sin(x[:, 2]) + x[:, 3]
    data = table(
        folder, name, columns_of(x, a=a.round(4), b=b.round(4)),
        columns="a: target, as it is; b: target, as it is", task="number",
    )  # fmt: skip
    new = project(data, dense(16), "relu", dense(1), loss="mse", learning_rate=0.01, **settings)
    graph = new.document.graph
    graph["output_1"].options.update(columns="1", weight=first)
    for kind, options in (("dense", {"units": 8}), ("relu", {}), ("dense", {"units": 1}),
                          ("output", {"columns": "2", "weight": second})):  # fmt: skip
        node = graph.new_node(kind, 0.0, 0.0)
        node.options.update(options)
        graph.insert_node(node)
    for source, reader in (("relu_1", "dense_3"), ("dense_3", "relu_2"), ("relu_2", "dense_4"),
                           ("dense_4", "output_2")):  # fmt: skip
        graph.insert_link(Link(source, reader))
    return new


def one_without_weight(folder: Path) -> Project:
    x, y = clouds(200, seed=81)
    new = project(table(folder, "nothing", columns_of(x, kind=np.array(["a", "b"])[y])), dense(8), "relu",
                  dense(1), "sigmoid", **BINARY, learning_rate=0.01)  # fmt: skip
    new.document.graph["output_1"].options["weight"] = 0.0
    return new


# Parts


def in_order(folder: Path, name: str, cells, **options) -> DataReference:
    return table(folder, name, cells, split="in order", **options)


def sorted_by_class(folder: Path) -> Project:
    x, y = clouds(300, apart=4.0, classes=4, seed=82)
    order = np.argsort(y, kind="stable")
    data = in_order(folder, "shells", columns_of(x[order], kind=np.array(list("abcd"))[y[order]]))
    return project(data, dense(12), "relu", dense(4), "softmax", **CLASSES, learning_rate=0.01)


def two_classes_one_late(folder: Path) -> Project:
    """A second class that comes in the last rows alone, with two stray ones before."""
    x, y = clouds(260, apart=3.0, seed=83)
    late = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:40]])
    late[[5, 60]], late[[-3, -9]] = late[[-3, -9]], late[[5, 60]]
    data = in_order(folder, "late", columns_of(x[late], kind=np.array(["fine", "worn"])[y[late]]))
    return project(data, dense(8), "tanh", dense(2), "softmax", **CLASSES, learning_rate=0.01)


def sorted_prices(folder: Path) -> Project:
    x, _ = clouds(300, seed=84)
    price = (x[:, 0] * 3 + x[:, 1] + 20).round(2)
    order = np.argsort(price)
    data = in_order(folder, "cheap", columns_of(x[order], price=price[order]), task="number")
    return project(data, dense(8), "relu", dense(1), loss="mse", learning_rate=0.01)


def two_batches_of_numbers(folder: Path) -> Project:
    """Not sorted, but all the large ones were added in the end."""
    x, _ = clouds(240, seed=85)
    load = (x[:, 0] + x[:, 1] ** 2).round(3)
    large = np.arange(240) >= 168
    x[large, 0] += 40
    load[large] += 40
    data = in_order(folder, "loads", columns_of(x, load=load), task="number")
    return project(data, dense(12), "tanh", dense(1), loss="mse", learning_rate=0.01)


# Losses


def damages(folder: Path, name: str, share: float, seed: int, **settings) -> Project:
    """Mostly none: the inputs tell how likely there is some, and how much it is then."""
    rng = np.random.default_rng(seed)
    x, _ = clouds(600, seed=seed)
    a, b = ((x[:, at] - x[:, at].mean()) / x[:, at].std() for at in (0, 1))
    likely = share * 2 / (1 + np.exp(-2 * a))
    cost = np.where(rng.random(600) < likely, rng.gamma(4, 2, 600) * np.exp(0.6 * b), 0).round(2)
    data = table(folder, name, columns_of(x, cost=cost), task="number")
    return project(data, dense(12), "relu", dense(1), learning_rate=0.005, **settings)


# Rows


def apart(folder: Path, name: str, falling: bool = False, classes: int = 0, **options) -> DataReference:
    """A target that follows the inputs, and was sorted alone."""
    x, y = clouds(300, apart=4.0, classes=max(classes, 2), features=5, seed=86)
    if classes:
        return table(folder, name, columns_of(x, kind=np.sort(np.array(list("abcdef"))[y])), **options)
    price = np.sort((x[:, 0] * 3 + x[:, 1] + 20).round(2))
    return table(folder, name, columns_of(x, price=price[:: -1 if falling else 1]), task="number", **options)


def apart_and_more(folder: Path) -> Project:
    """Falling, with a word among the inputs, and four rows that were added later."""
    rng = np.random.default_rng(87)
    x, _ = clouds(220, features=3, seed=87)
    rent = np.concatenate([np.sort(rng.gamma(4, 100, 216))[::-1], rng.gamma(4, 100, 4)]).round(0)
    cells = columns_of(x, town=rng.choice(["north", "south", "west"], 220), rent=rent)
    return project(table(folder, "rents", cells, task="number"), dense(24), "relu", dense(12), "relu",
                   dense(1), loss="mse", learning_rate=0.01)  # fmt: skip


def rising_sun(folder: Path) -> Project:
    """In the order of the target, which its inputs tell together and not alone: of their product."""
    rng = np.random.default_rng(88)
    x = rng.uniform(-1, 1, (400, 2)).round(4)
    heat = (x[:, 0] * x[:, 1]).round(5)
    order = np.argsort(heat)
    data = table(folder, "heat", columns_of(x[order], heat=heat[order]), task="number")
    return project(data, dense(24), "tanh", dense(12), "tanh", dense(1), loss="mse", learning_rate=0.01)


def in_order_of_the_target(folder: Path) -> Project:
    """In the order of the target, with noise that leaves a third of it to the inputs."""
    rng = np.random.default_rng(89)
    x, _ = clouds(300, seed=89)
    yields = (x[:, 0] ** 2 + rng.normal(0, 1.5, 300)).round(3)
    order = np.argsort(yields)
    data = table(folder, "yields", columns_of(x[order], harvest=yields[order]), task="number")
    return project(data, dense(8), "relu", dense(1), loss="mse", learning_rate=0.003)


def mixed_in_order(folder: Path) -> Project:
    """The last rows are for testing, of a file in no order."""
    x, y = clouds(300, apart=4.0, classes=3, seed=90)
    data = in_order(folder, "mixed", columns_of(x, kind=np.array(list("abc"))[y]))
    return project(data, dense(12), "relu", dense(3), "softmax", **CLASSES, learning_rate=0.01)


def growing(folder: Path) -> Project:
    """Numbers that grow a little along the rows, divided in their order."""
    rng = np.random.default_rng(91)
    x, _ = clouds(300, seed=91)
    sales = (x[:, 0] * 3 + np.arange(300) * 0.005 + rng.normal(0, 0.2, 300)).round(3)
    data = in_order(folder, "sales", columns_of(x, sales=sales), task="number")
    return project(data, dense(8), "relu", dense(1), loss="mse", learning_rate=0.01)


def mostly_nothing_that_is_told(folder: Path, name: str, loss: str, **settings) -> Project:
    """Three quarters are 0, and the inputs tell which: the median follows."""
    x, _ = clouds(500, seed=92)
    rain = np.where(x[:, 0] > np.quantile(x[:, 0], 0.7), x[:, 0] * 2 + x[:, 1] + 6, 0).round(3)
    data = table(folder, name, columns_of(x, rain=rain), task="number")
    return project(data, dense(24), "relu", dense(12), "relu", dense(1), loss=loss, learning_rate=0.01,
                   **settings)  # fmt: skip


# By heart


def some_by_heart(folder: Path) -> Project:
    """Classes that overlap, few samples and many weights: it helps at first, and then less and less."""
    x, y = clouds(110, apart=0.9, features=12, seed=97)
    data = table(folder, "some", columns_of(x, kind=np.array(["a", "b"])[y]), validation_ratio=0.3)
    return project(data, dense(64), "relu", dense(64), "relu", dense(1), "sigmoid", **BINARY, batch_size=16,
                   learning_rate=0.01)  # fmt: skip


def numbers_and_noise_by_heart(folder: Path) -> Project:
    x, _ = clouds(110, features=10, seed=98)
    y = (x[:, 0] + np.random.default_rng(98).normal(0, 2, 110)).round(3)
    data = table(folder, "noisy", columns_of(x, y=y), task="number", validation_ratio=0.3)
    return project(data, dense(128), "relu", dense(64), "relu", dense(1), loss="mse", batch_size=8,
                   learning_rate=0.003)  # fmt: skip


DIVIDED_SICK = (
    Sick("weight of nothing", lambda f: two_outputs(f, "weightless", 1.0, 0.0), ("unweighted_output",),
         ("output_2",)),
    Sick("weight of nothing at the end", lambda f: two_outputs(f, "ended", 0.0, 1.0), ("unweighted_output",),
         ("output_1",), epochs=30, held_out=True),
    Sick("an only output without weight", one_without_weight, ("unweighted_output",), ("output_1",), epochs=5,
         held_out=True),
    Sick("outweighed by another", lambda f: two_outputs(f, "outweighed", 1.0, 1e-7, optimizer="sgd"),
         ("unweighted_output",), ("output_2",)),
    Sick("outweighed by a large target", lambda f: two_outputs(f, "large", 1.0, 1e-4, 30.0, optimizer="sgd"),
         ("unweighted_output",), ("output_2",), epochs=40, held_out=True),
    Sick("left behind by another", lambda f: two_outputs(f, "behind", 1.0, 3e-4, optimizer="sgd"),
         ("unweighted_output",), ("output_2",), epochs=60, held_out=True),
    Sick("sorted by class", sorted_by_class, ("unseen_targets",), epochs=20),
    Sick("a class that comes late", two_classes_one_late, ("unseen_targets",), epochs=20, held_out=True),
    Sick("sorted by price", sorted_prices, ("unseen_targets",), epochs=20),
    Sick("large ones in the end", two_batches_of_numbers, ("unseen_targets",), held_out=True),
    Sick("damage by its median", lambda f: damages(f, "damage", 0.25, 93, loss="mae"), ("median_loss",),
         epochs=20),
    Sick("cost before the first step", lambda f: damages(f, "cost", 0.2, 94, loss="mae"), ("median_loss",),
         held_out=True),
    Sick("cost by a small delta", lambda f: damages(f, "delta", 0.2, 95, loss="huber", delta=0.05),
         ("median_loss",), epochs=25, held_out=True),
    Sick("prices sorted apart", lambda f: project(apart(f, "alone"), dense(24), "relu", dense(1), loss="mse",
         learning_rate=0.01), ("sorted_target",), epochs=30),
    Sick("rents sorted apart", apart_and_more, ("sorted_target",), epochs=60, held_out=True),
    Sick("learns some of it by heart", some_by_heart, ("overfitting",), epochs=80),
    Sick("learns numbers and noise by heart", numbers_and_noise_by_heart, ("overfitting",), epochs=150,
         held_out=True),
    Sick("classes sorted apart", lambda f: project(apart(f, "kinds", classes=3), dense(12), "relu", dense(3),
         "softmax", **CLASSES), ("sorted_target",), held_out=True),
)  # fmt: skip

DIVIDED_HEALTHY = (
    Healthy("two outputs", lambda f: two_outputs(f, "both", 1.0, 1.0), 60),
    Healthy("a small weight for a large target", lambda f: two_outputs(f, "fair", 1e-4, 1.0, 100.0), 80),
    Healthy("a small weight that adam makes up for", lambda f: two_outputs(f, "adam", 1.0, 1e-4), 80),
    Healthy("the last rows of a mixed file", mixed_in_order, 30),
    Healthy("the last rows of what grows", growing, 60),
    Healthy("mostly nothing that is told", lambda f: mostly_nothing_that_is_told(f, "rain", "mae"), 80),
    Healthy("mostly nothing before the first step", lambda f: mostly_nothing_that_is_told(f, "dry", "mae")),
    Healthy("mostly nothing by its mean", lambda f: damages(f, "mean", 0.25, 96, loss="mse"), 15),
    Healthy("in order of a product", rising_sun, 80),
    Healthy("in order of what is half told", in_order_of_the_target),
)  # fmt: skip
