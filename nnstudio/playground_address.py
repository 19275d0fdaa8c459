"""Addresses of the TensorFlow Playground as projects: what stands behind their # is its whole state.

Keys and their defaults are those of the playground's own state; what has no counterpart here is said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from nnstudio.model.arrange import arranged
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Graph, Link, moved
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project

ADDRESS = re.compile(r"(https?://)?playground\.tensorflow\.org(/|#|\?|$)", re.IGNORECASE)
# There are some forty keys.
MOST_KEYS = 200
CLASSES = {"circle": "circle", "xor": "xor", "gauss": "gaussian", "spiral": "spiral"}
NUMBERS = {"reg-plane": "plane", "reg-gauss": "multi_gauss"}
# How many points the playground draws.
POINTS_OF_CLASSES, POINTS_WITH_NUMBERS = 500, 1200
ACTIVATIONS = {"tanh": "tanh", "relu": "relu", "sigmoid": "sigmoid", "linear": ""}
# Keys of the features of x1 and of x2, the layer that computes both from the pair, and its options.
PAIRS: tuple[tuple[tuple[str, str], str, dict[str, Any]], ...] = (
    (("x", "y"), "", {}),
    (("xSquared", "ySquared"), "square", {}),
    (("sinX", "sinY"), "sine", {}),
    (("cosX", "cosY"), "function", {"function": "cos"}),
)
KNOWN = {
    "problem", "dataset", "regDataset", "noise", "percTrainData", "batchSize", "activation", "learningRate",
    "regularization", "regularizationRate", "networkShape", "initZero", "xTimesY", "seed", "showTestData",
    "discretize", *(key for keys, _, _ in PAIRS for key in keys),
}  # fmt: skip
# Values of what is not chosen; any other chooses it.
NOT_CHOSEN = ("", "false")
# Larger networks are none that the playground can draw.
MOST_LAYERS, MOST_UNITS = 20, 100
# The playground trains until somebody stops it.
EPOCHS = 500
NO_STATE = "The address has no settings behind a #, so this is what the playground begins with."
NO_FEATURE = "The address chooses no feature, so x1 and x2 are taken."
CLASSES_LEARNED = (
    "The playground ends in tanh and a squared error; here it is sigmoid and cross-entropy, which suit two "
    "classes."
)
NUMBERS_LEARNED = "The playground halves the squared error, so the same learning rate goes twice as far here."
DRAWN_ANEW = "Points and first weights are drawn anew, so no curve is quite the same."
HAS_AN_END = f"Training ends after {EPOCHS} epochs, which you can change; the playground never ends."
DISCRETE = "For its discrete output, turn off Shades in the menu ⋯ of the decision boundary."


def is_playground(text: str) -> bool:
    """Whether a text is an address of the playground."""
    return ADDRESS.match(text) is not None


def project_of_address(text: str) -> tuple[Project, tuple[str, ...]]:
    """The project of an address, and sentences on what of it is not the same here."""
    state = text.partition("#")[2]
    try:
        said = dict(parse_qsl(state, keep_blank_values=True, max_num_fields=MOST_KEYS))
    except ValueError:
        said = {}
    reading = _Reading(said)
    if not said:
        reading.notes.append(NO_STATE)
    project = Project()
    document = project.document
    classifies = reading.choice("problem", ("classification", "regression")) == "classification"
    document.set_data(_data(reading, classifies))
    document.set_settings(_settings(reading, classifies))
    _draw(document.graph, reading, classifies)
    return project, (*reading.notes, *_differences(reading, classifies))


class _Reading:
    """The state of an address; ``notes`` tell what could not be read, and what was taken instead."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self.said, self.notes = said, list[str]()

    def choice(self, key: str, known: Sequence[str]) -> str:
        """One of several words; the first stands for a key that is not there."""
        value = self.said.get(key) or known[0]
        if value not in known:
            self._say(key, known[0])
            return known[0]
        return value

    def number(self, key: str, usual: float, low: float, high: float) -> float:
        """A number within its bounds."""
        try:
            value = float(self.said.get(key) or usual)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            value = usual if math.isnan(value) else min(max(value, low), high)
            self._say(key, f"{value:g}")
        return value

    def whole(self, key: str, usual: int, low: int, high: int) -> int:
        """A whole number within its bounds."""
        value = self.number(key, usual, low, high)
        if value % 1:
            self._say(key, str(int(value)))
        return int(value)

    def flag(self, key: str, usual: bool = False) -> bool:
        """Whether something is chosen."""
        return self.said[key] not in NOT_CHOSEN if key in self.said else usual

    def hidden_units(self) -> list[int]:
        """Units of each hidden layer."""
        parts = [part for part in self.said.get("networkShape", "4,2").split(",") if part]
        numbers = [int(p) for p in parts[:MOST_LAYERS] if p.isascii() and p.isdigit() and len(p) < 9]
        units = [min(n, MOST_UNITS) for n in numbers if n]
        if [str(n) for n in units] != parts:
            self._say("networkShape", ",".join(map(str, units)) or "no hidden layer")
        return units

    def _say(self, key: str, taken: str) -> None:
        text = self.said[key]
        shown = text if len(text) <= 30 else f"{text[:30]}…"
        self.notes.append(f"'{key}={shown}' cannot be taken as it is; it is {taken} here.")


def _data(reading: _Reading, classifies: bool) -> DataReference:
    kinds, key = (CLASSES, "dataset") if classifies else (NUMBERS, "regDataset")
    options = {
        "samples": POINTS_OF_CLASSES if classifies else POINTS_WITH_NUMBERS,
        "noise": reading.number("noise", 0, 0, 50) / 100,
        "test_ratio": round(1 - reading.number("percTrainData", 50, 10, 100) / 100, 6),
        "validation_ratio": 0.0,
    }
    return DataReference(kinds[reading.choice(key, tuple(kinds))], options)


def _settings(reading: _Reading, classifies: bool) -> TrainingSettings:
    settings = TrainingSettings().with_option("optimizer", "sgd").with_option("epochs", EPOCHS)
    settings = settings.with_option("loss", "binary_cross_entropy" if classifies else "mse")
    settings = settings.with_option("learning_rate", reading.number("learningRate", 0.03, 0, 1000))
    settings = settings.with_option("batch_size", reading.whole("batchSize", 10, 1, 1000))
    penalty = reading.choice("regularization", ("none", "L1", "L2"))
    rate = reading.number("regularizationRate", 0, 0, 10)
    return settings if penalty == "none" else settings.with_option(penalty.lower(), rate)


def _draw(graph: Graph, reading: _Reading, classifies: bool) -> None:
    """Input, features, hidden layers and the output."""
    features = _Features(graph, reading).add()
    last = features[0] if len(features) == 1 else _add(graph, features, "concatenate")
    activation = ACTIVATIONS[reading.choice("activation", tuple(ACTIVATIONS))]
    usual = "he" if activation == "relu" else "glorot"
    start = "zeros" if reading.flag("initZero") else usual
    for units in reading.hidden_units():
        last = _add(graph, [last], "dense", {"units": units, "init": start})
        if activation:
            last = _add(graph, [last], activation)
    last = _add(graph, [last], "dense", {"units": 1, "init": start})
    if classifies:
        last = _add(graph, [last], "sigmoid")
    _add(graph, [last], "output")
    for name, (x, y) in arranged(graph).items():
        graph.replace_node(moved(graph[name], x, y))


def _add(
    graph: Graph, sources: Sequence[str], kind: str, options: Mapping[str, Any] | None = None, name: str = ""
) -> str:
    """Add a node behind others; returns its identifier."""
    node = graph.new_node(kind, 0, 0)
    name = graph.new_name(name) if name else node.name
    graph.insert_node(replace(node, name=name, options={**node.options, **(options or {})}))
    for source in sources:
        graph.insert_link(Link(source, node.id))
    return node.id


class _Features:
    """Adds the features of an address to a graph."""

    def __init__(self, graph: Graph, reading: _Reading) -> None:
        self.graph, self.reading = graph, reading
        self._inputs: dict[str, str] = {}

    def add(self) -> list[str]:
        """Nodes whose values, side by side, are the features."""
        features = []
        for keys, kind, options in PAIRS:
            chosen = [str(i + 1) for i, key in enumerate(keys) if self.reading.flag(key, usual=not kind)]
            if chosen:
                source = self._input("all" if len(chosen) == 2 else chosen[0])
                features.append(_add(self.graph, [source], kind, options) if kind else source)
        if self.reading.flag("xTimesY"):
            features.append(_add(self.graph, [self._input("all")], "products"))
        if not features:
            self.reading.notes.append(NO_FEATURE)
        return features or [self._input("all")]

    def _input(self, columns: str) -> str:
        """The node by which both coordinates enter, or one of them."""
        if columns not in self._inputs:
            name = "x1 and x2" if columns == "all" else f"x{columns}"
            self._inputs[columns] = _add(self.graph, [], "input", {"columns": columns}, name)
        return self._inputs[columns]


def _differences(reading: _Reading, classifies: bool) -> list[str]:
    """What is not the same here, in sentences."""
    notes = [CLASSES_LEARNED if classifies else NUMBERS_LEARNED, DRAWN_ANEW, HAS_AN_END]
    if reading.flag("discretize"):
        notes.append(DISCRETE)
    unknown = [key[:30] for key in reading.said if key not in KNOWN and reading.flag(key)]
    if unknown:
        more = f" and {len(unknown) - 6} more" if len(unknown) > 6 else ""
        notes.append(f"Not taken over: {', '.join(unknown[:6])}{more}.")
    return notes
