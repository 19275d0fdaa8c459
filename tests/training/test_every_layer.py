"""Every registered layer inside a real session: same bits on two threads, same answers after a save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnkernels.spec import Shape, layers
from nnstudio.data.dataset import Dataset
from nnstudio.model import projectfile
from nnstudio.model.document import Document
from nnstudio.model.graph import Link, Node
from nnstudio.model.projectfile import SavedRun
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

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
        if len(shape) == len(shapes[0]):
            add(name, "tanh", "input")
        else:
            add(f"{name}flat", "flatten", "input")
            add(name, "dense", f"{name}flat", units=shape[0])
    add("layer", kind, *(names or ["input"]), **options)
    add("flat", "flatten", "layer")
    add("dense", "dense", "flat", units=3)
    add("output", "output", "dense")
    document.set_settings(TrainingSettings("softmax_cross_entropy", batch_size=40, epochs=2))
    return document


def data_of(shape: Shape) -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, *shape)).astype(np.float32)
    y = rng.integers(0, 3, (90, 1)).astype(np.float32)
    return Dataset("toy", x, y, x[:10], y[:10], ("a", "b", "c"))


def trained(document: Document, data: Dataset, threads: int) -> Session:
    session = Session(document.graph.to_network(), data, document.settings, threads)
    for _ in session.slices():
        pass
    return session


@pytest.mark.parametrize("kind, options, shapes", CASES)
def test_one_thread_equals_two_bit_for_bit(kind, options, shapes, monkeypatch):
    # Even the smallest network is cut into chunks here, or nothing would run in parallel.
    monkeypatch.setattr("nnkernels.cutting.MIN_PARALLEL_FLOPS", 0)
    document, data = document_with(kind, options, shapes), data_of(shapes[0])
    one, two = trained(document, data, 1), trained(document, data, 2)
    assert (one.program.groups[:, 6] == 1).any()
    assert np.array_equal(one.program.params, two.program.params)


@pytest.mark.parametrize("kind, options, shapes", CASES)
def test_saved_and_opened_it_answers_the_same(kind, options, shapes, tmp_path: Path):
    document, data = document_with(kind, options, shapes), data_of(shapes[0])
    session = trained(document, data, 1)
    s = session.state()
    run = SavedRun(s.params, s.optimizer, s.step, s.epoch, s.cursor, s.partial, ())
    projectfile.write(tmp_path / "p.nns", document.to_dict(), run)
    again = Document()
    saved, _ = projectfile.read(tmp_path / "p.nns", again)
    assert again.to_dict() == document.to_dict()
    other = Session(again.graph.to_network(), data, again.settings)
    other.parameters[:] = saved.params[: len(other.parameters)]
    assert np.array_equal(other.predict(data.x_test), session.predict(data.x_test))
