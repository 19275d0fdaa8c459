"""Every sample of every layer in a small network that learns, for contract tests."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.spec import Shape, layers, size_of
from nnstudio.data.dataset import Dataset
from nnstudio.model.document import Document
from nnstudio.model.graph import Link, Node
from nnstudio.model.settings import TrainingSettings

CASES = [
    pytest.param(layer.id, options, shapes, id=f"{layer.id}-{i}")
    for layer in layers
    for i, (options, shapes) in enumerate(layer.samples)
]


def document_with(kind: str, options: dict, shapes: tuple[Shape, ...]) -> Document:
    """Input, the layer (fed by as many branches as it joins), Flatten, Dense, Output."""
    document = Document()
    graph = document.graph

    def add(name: str, layer: str, *sources: str, **settings) -> None:
        graph.insert_node(Node(name, layer, name, options=settings))
        for source in sources:
            graph.insert_link(Link(source, name))

    add("input", "input")
    names = [f"branch{i}" for i in range(len(shapes))] if len(shapes) > 1 else []
    for name, shape in zip(names, shapes, strict=False):
        if shape == shapes[0]:
            add(name, "tanh", "input")
        elif len(shape) == 1:
            add(f"{name}flat", "flatten", "input")
            add(name, "dense", f"{name}flat", units=shape[0])
        else:
            add(f"{name}flat", "flatten", "input")
            add(f"{name}row", "dense", f"{name}flat", units=size_of(shape))
            add(name, "reshape", f"{name}row", target=", ".join(map(str, shape)))
    add("layer", kind, *(names or ["input"]), **options)
    add("flat", "flatten", "layer")
    add("dense", "dense", "flat", units=3)
    add("output", "output", "dense")
    document.set_settings(TrainingSettings("softmax_cross_entropy", batch_size=40, epochs=2))
    return document


def data_of(kind: str, options: dict, shapes: tuple[Shape, ...]) -> Dataset:
    """Normal samples for the layer, or numbers of its rows."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, *shapes[0])).astype(np.float32)
    if layers[kind].gives_rows:
        x = rng.integers(0, options["size"], x.shape).astype(np.float32)
    y = rng.integers(0, 3, (90, 1)).astype(np.float32)
    return Dataset("toy", x, y, x[:10], y[:10], ("a", "b", "c"))
