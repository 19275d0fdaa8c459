"""Projects whose networks have two Inputs and two Outputs, and what they predict, in plain NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from doctor.corpus.building import columns_of, table

from nnkernels.spec import layers
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.project import Project

# Each: how the columns are taken, the Outputs by identifier with their name, options and units.
KINDS = {
    "two numbers": (
        "heat: target; cool: target", "number", "mse",
        (("out_1", "heating", {"columns": "1"}, 1), ("out_2", "cooling", {"columns": "2", "loss": "mae"}, 1)),
    ),
    "labels and a number": (
        "warm: target, as it is; large: target, as it is; cool: target, as it is", "number", "mse",
        (
            ("out_1", "kinds", {"columns": "1-2", "loss": "multi_label_cross_entropy"}, 2),
            ("out_2", "cooling", {"columns": "3"}, 1),
        ),
    ),
    "a number and labels": (
        "warm: target, as it is; large: target, as it is; cool: target, as it is", "number",
        "multi_label_cross_entropy",
        (("out_1", "cooling", {"columns": "3", "loss": "mse"}, 1), ("out_2", "kinds", {"columns": "1-2"}, 2)),
    ),
    "classes twice": (
        "", "classes", "softmax_cross_entropy", (("out_1", "main", {}, 2), ("out_2", "aside", {}, 2)),
    ),
}  # fmt: skip
UNITS = 5


def rows(count: int = 160) -> dict[str, np.ndarray]:
    """Columns of a table: two inputs, and all targets that the kinds take from it."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(count, 2)).round(4)
    noise = rng.normal(0, 0.05, count)
    return {
        **columns_of(x),
        "heat": (100 + 40 * x[:, 0] + 10 * x[:, 1] ** 2 + noise).round(4),
        "cool": (3 - x[:, 1] + 0.5 * x[:, 0] * x[:, 1] + noise).round(4),
        "warm": (x[:, 0] > 0) * 1,
        "large": (x[:, 1] > 0) * 1,
        "kind": np.where(x.sum(1) > 0, "yes", "no"),
    }  # fmt: skip


def add(
    graph: Graph, name: str, layer: str, sources: tuple[str, ...] = (), called: str = "", **options: object
) -> None:
    """A node that reads others."""
    known = layers[layer].defaults() | options
    graph.insert_node(Node(name, layer, called or name, 10.0 * len(graph.nodes), 0.0, known))
    for source in sources:
        graph.insert_link(Link(source, name))


def project(folder: Path, kind: str, **settings: object) -> Project:
    """One that was never trained: a Dense layer behind each Input, both joined; one before each Output."""
    told, task, loss, outputs = KINDS[kind]
    wanted = [part.split(":")[0].strip() for part in told.split(";")] if told else ["kind"]
    cells = {name: rows()[name] for name in ("x1", "x2", *wanted)}
    new = Project()
    document = new.document
    document.data = table(
        folder, kind.replace(" ", "_"), cells, columns=told, task=task, target=wanted[0], seed=1
    )
    for name, value in {
        "loss": loss,
        "epochs": 4,
        "batch_size": 16,
        "learning_rate": 0.02,
        **settings,
    }.items():
        document.settings = document.settings.with_option(name, value)
    graph = document.graph

    for number in (1, 2):
        add(graph, f"in_{number}", "input", columns=str(number))
        add(graph, f"dense_{number}", "dense", (f"in_{number}",), units=UNITS)
    add(graph, "join", "concatenate", ("dense_1", "dense_2"))
    add(graph, "tanh", "tanh", ("join",))
    for name, called, options, units in outputs:
        add(graph, f"{name}_dense", "dense", ("tanh",), units=units)
        add(graph, name, "output", (f"{name}_dense",), called, **options)
    return new


def trained(folder: Path, kind: str, **settings: object):
    """It and a session that made some steps."""
    built = project(folder, kind, **settings)
    session = built.session(1)
    for _ in range(60):
        session.single_step()
    return built, session


@dataclass(frozen=True)
class Expected:
    """What an Output should tell of some samples: targets and predictions (n, t) in the units of the data; of
    labels and classes, probabilities.
    """

    truth: np.ndarray
    predicted: np.ndarray

    @property
    def r2(self) -> float:
        errors = ((self.truth - self.predicted) ** 2).sum()
        return 1 - errors / ((self.truth - self.truth.mean(axis=0)) ** 2).sum()

    @property
    def error(self) -> float:
        return np.abs(self.truth - self.predicted).mean()

    @property
    def right(self) -> float:
        return ((self.predicted > 0.5) == (self.truth > 0.5)).mean()

    @property
    def right_class(self) -> float:
        return (self.predicted.argmax(axis=1) == self.truth[:, 0]).mean()


def expected(session, kind: str, output: str, x: np.ndarray, y: np.ndarray) -> Expected:
    """By the arrays of the network and its data's scaling alone; x, y scaled as they enter."""
    arrays = {name: np.asarray(values, float) for name, values in session.arrays().items()}
    options, _units = next(rest for name, _called, *rest in KINDS[kind][3] if name == output)
    hidden = [
        x[:, [at]].astype(float) @ arrays[f"dense_{at + 1}.weight"] + arrays[f"dense_{at + 1}.bias"]
        for at in (0, 1)
    ]
    given = np.tanh(np.concatenate(hidden, axis=1)) @ arrays[f"{output}_dense.weight"]
    given = given + arrays[f"{output}_dense.bias"]
    if kind == "classes twice":
        powers = np.exp(given)
        return Expected(y, powers / powers.sum(axis=1, keepdims=True))
    at = {"1": [0], "2": [1], "3": [2], "1-2": [0, 1]}[options["columns"]]
    truth = y[:, at].astype(float)
    if at == [0, 1]:
        return Expected(truth, 1 / (1 + np.exp(-given)))
    width = y.shape[1]
    shift, scale = (np.broadcast_to(v, width)[at] for v in (session.data.y_shift, session.data.y_scale))
    return Expected(truth * scale + shift, given * scale + shift)
