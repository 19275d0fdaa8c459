"""Projects that nothing is wrong with: all shipped examples and templates, and others of every kind."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from doctor.corpus.building import Healthy, arrays, clouds, columns_of, dense, project, stripes, table

from nnstudio.data.facts import facts_of_data
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.templates import templates
from nnstudio.project import Project, example_names, open_example

BINARY = {"loss": "binary_cross_entropy"}
CLASSES = {"loss": "softmax_cross_entropy"}
# Epochs that fit into a second, of examples and templates.
EPOCHS = {
    "mnist-dense": 2,
    "mnist-convnet": 0,
    "spiral": 150,
    "celsius": 200,
    "iris": 60,
    "xor": 60,
    "passengers": 60,
}
# And steps, where an epoch takes longer.
STEPS = {"mnist-convnet": 60}


def example(name: str) -> Healthy:
    return Healthy(f"example {name}", lambda _folder: open_example(name), EPOCHS[name], STEPS.get(name, 0))


def _with_ends(graph: Graph, units: int) -> None:
    """Put an Input, and what answers, around a template that is a part of a network."""
    starts = [n.id for n in graph.nodes if not graph.sources(n.id)]
    ends = [n.id for n in graph.nodes if not graph.targets(n.id)]
    flat = "globalaveragepool" if any(n.kind == "conv2d" for n in graph.nodes) else "flatten"
    for kind, options in (
        ("input", {}),
        (flat, {}),
        ("dense", {"units": units}),
        ("softmax", {}),
        ("output", {}),
    ):
        layer = graph.registry[kind]
        graph.insert_node(Node(f"{kind}_end", kind, f"{kind} end", 0, 0, layer.defaults() | options))
    for start in starts:
        graph.insert_link(Link("input_end", start))
    path = [*ends, f"{flat}_end", "dense_end", "softmax_end", "output_end"]
    for a, b in pairwise(path):
        graph.insert_link(Link(a, b))


def _template(name: str, data: DataReference, epochs: int, steps: int = 0, **settings) -> Healthy:
    def build(folder: Path) -> Project:
        new = Project()
        document = new.document
        document.data = data
        if data.kind == "npz":
            x, y = stripes(240, seed=3)
            rows = {"kind": "sequences"} if name == "transformer_block" else {}
            x = x[..., 0] if rows else x
            document.data = arrays(folder, name, x, y, task="classes", **rows)
        facts = facts_of_data(new.load_data())
        document.settings = document.settings.with_option("loss", facts.losses[0])
        for option, value in settings.items():
            document.settings = document.settings.with_option(option, value)
        graph = templates[name].graph(facts)
        if not any(n.kind == "output" for n in graph.nodes):
            _with_ends(graph, facts.classes)
        document.graph.fill(graph.to_dict())
        return new

    return Healthy(f"template {name}", build, epochs, steps)


def regression(folder: Path) -> Project:
    x, _ = clouds(400, features=5, seed=30)
    y = (np.sin(x[:, 0]) + x[:, 1] * 0.5 + np.random.default_rng(6).normal(0, 0.2, 400)).round(4)
    data = table(folder, "smooth", columns_of(x, height=y), task="number")
    return project(data, dense(16), "relu", dense(16), "relu", dense(1), loss="mse", learning_rate=0.005)


def noisy(folder: Path) -> Project:
    """Classes that overlap: no network can be right everywhere."""
    x, y = clouds(500, apart=1.2, seed=31)
    data = table(folder, "noisy", columns_of(x, kind=np.where(y == 1, "a", "b")))
    return project(data, dense(6), "tanh", dense(1), "sigmoid", **BINARY, learning_rate=0.005)


def many_classes(folder: Path) -> Project:
    x, y = clouds(800, apart=4.0, classes=6, features=8, seed=32)
    data = table(folder, "six", columns_of(x, kind=np.array(list("abcdef"))[y]))
    return project(data, dense(24), "relu", dense(6), "softmax", **CLASSES, learning_rate=0.005)


def normalised(folder: Path) -> Project:
    x, y = stripes(300, seed=33)
    data = arrays(folder, "normalised", x, y, task="classes")
    return project(
        data, ("conv2d", {"filters": 6}), "batchnorm", "relu", "maxpool2d", ("conv2d", {"filters": 8}),
        "batchnorm", "relu", "globalaveragepool", dense(3), "softmax", **CLASSES, learning_rate=0.005,
    )  # fmt: skip


def sums(folder: Path) -> Project:
    """A recurrent network that adds up."""
    rng = np.random.default_rng(7)
    x = rng.normal(0, 1, (300, 8, 1)).astype(np.float32)
    data = arrays(folder, "sums", x, x.sum((1, 2)), task="number")
    return project(data, ("gru", {"units": 8}), dense(1), loss="mse", learning_rate=0.01)


def large_scale(folder: Path) -> Project:
    """Columns of very different size, which BatchNorm brings to one."""
    x, y = clouds(300, features=3, seed=34)
    columns = columns_of(x * np.array([1, 2000, 0.01]), kind=np.where(y == 1, "a", "b"))
    data = table(folder, "sizes", columns, columns="x1: as it is; x2: as it is; x3: as it is")
    return project(data, "batchnorm", dense(8), "relu", dense(1), "sigmoid", **BINARY, learning_rate=0.01)


def weighed(folder: Path) -> Project:
    """A rare class that counts more."""
    x, _ = clouds(600, seed=35)
    y = np.arange(600) % 15 == 0
    columns = columns_of((x + 3 * y[:, None]).round(4), kind=np.where(y, "rare", "usual"))
    return project(table(folder, "weighed", columns), dense(8), "relu", dense(2), "softmax",
                   **CLASSES, class_weights="balanced", learning_rate=0.01)  # fmt: skip


def weighed_yes_or_no(folder: Path) -> Project:
    """The same with one unit, and classes that overlap, so that the rare one costs much of the other."""
    x, _ = clouds(600, seed=36)
    y = np.arange(600) % 30 == 0
    columns = columns_of((x + 1.2 * y[:, None]).round(4), kind=np.where(y, "rare", "usual"))
    return project(table(folder, "overlap", columns), dense(8), "relu", dense(1), "sigmoid",
                   **BINARY, class_weights="balanced", learning_rate=0.003, epochs=40)  # fmt: skip


def in_thousands(folder: Path) -> Project:
    """A target as it is, in thousands, that is learned all the same."""
    x, _ = clouds(300, seed=37)
    rents = (x[:, 0] * 300 + x[:, 1] * 150 + 2000).round(1)
    data = table(folder, "rents", columns_of(x, rent=rents), task="number", columns="rent: as it is")
    return project(data, dense(16), "relu", dense(1), loss="mse", optimizer="sgd", learning_rate=1e-4,
                   momentum=0.0)  # fmt: skip


def of(data: DataReference, *steps, **settings):
    return lambda _folder: project(data, *steps, **settings)


AT_EACH_STEP = {"guess": "each", "length": 16, "samples": 400, "validation_ratio": 0.1}
PICTURES = DataReference("npz")
HEALTHY = (
    *(example(name) for name in example_names()),
    _template("dense_classifier", DataReference("iris"), 40, learning_rate=0.003, patience=15),
    _template("autoencoder", DataReference("mnist", {"target": "picture"}), 0, 60),
    _template("convnet", PICTURES, 6),
    _template("language_model", DataReference("shakespeare", AT_EACH_STEP), 2),
    _template("lstm_classifier", DataReference("shakespeare", {"samples": 800}), 2),
    _template("playground_features", DataReference("spiral"), 80, learning_rate=0.01),
    _template("residual_block", PICTURES, 6),
    _template("transformer_block", PICTURES, 6),
    _template("recurrent_forecaster", DataReference("daily_temperatures", {"season_inputs": True}), 5,
              learning_rate=0.005),
    Healthy("never trained", of(DataReference("circle"), dense(8), "relu", dense(1), "sigmoid", **BINARY)),
    Healthy("three spirals", of(DataReference("spiral", {"classes": 3}), dense(24), "tanh", dense(24), "tanh",
            dense(3), "softmax", **CLASSES, learning_rate=0.01), 60),
    Healthy("plain descent", of(DataReference("circle"), dense(8), "tanh", dense(1), "sigmoid", **BINARY,
            optimizer="sgd", learning_rate=0.1), 60),
    Healthy("straight lines", of(DataReference("gaussian"), dense(1), "sigmoid", **BINARY,
            learning_rate=0.03), 40),
    Healthy("numbers", regression, 40),
    Healthy("noisy classes", noisy, 40),
    Healthy("six classes", many_classes, 30),
    Healthy("normalised pictures", normalised, 8),
    Healthy("sums of a sequence", sums, 20),
    Healthy("scaled by batchnorm", large_scale, 30),
    Healthy("spiral to its end", lambda _folder: open_example("spiral"), 800),
    Healthy("a rare class that counts", weighed, 30),
    Healthy("a rare class that counts among two", weighed_yes_or_no, 40),
    Healthy("a target in thousands", in_thousands, 60),
    Healthy("four sigmoids that learn", of(DataReference("iris"), *[dense(16), "sigmoid"] * 4, dense(3),
            "softmax", **CLASSES, learning_rate=0.01), 60),
)  # fmt: skip
