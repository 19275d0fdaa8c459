"""Where in an array of weights a number stands, by names: from input x1 to unit 2, instead of 0, 1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

from nnkernels.program import Layout, ParameterSlot
from nnstudio.data.dataset import Dataset
from nnstudio.explain.end_names import names_along
from nnstudio.model.document import Document
from nnstudio.model.locations import engine_names
from nnstudio.project import DataError, Project, SpecError
from nnstudio.training.weights import slots_in

# Of a node and one of its arrays, by their names: positions as text, and what they are called; none of one
# that is too large to pick from.
Positions = Mapping[tuple[str, str], tuple[tuple[str, str], ...]]
# Nobody picks one of more.
MOST = 200


@dataclass(frozen=True)
class Planned:
    """A network with its data, of which nothing was computed."""

    layout: Layout
    data: Dataset


def positions(document: Document, data: Dataset) -> Positions:
    """Those of all arrays of all nodes. Raises SpecError."""
    planned = Planned(Layout.of(document.to_network(), data.input_shape, document.settings.loss), data)
    engine = engine_names(document, ())
    told: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
    for node in document.graph.nodes:
        for array, slot in slots_in(planned.layout, engine[node.id]).items():
            is_small = len(slot.shape) in (1, 2) and prod(slot.shape) <= MOST
            told[node.name, array] = tuple(_of(planned, engine[node.id], slot)) if is_small else ()
    return told


def read_start(path: Path) -> tuple[Document, Positions]:
    """The project that a lesson begins with, and its positions, if they can be known. Raises ProjectError."""
    project = Project.open(path)
    try:
        data = project.load_data() if project.data_is_there else project.known_data()
        return project.document, positions(project.document, data) if data is not None else {}
    except (DataError, SpecError):
        # What it lacks is told once the lesson is checked.
        return project.document, {}


def _of(planned: Planned, node: str, slot: ParameterSlot) -> Iterator[tuple[str, str]]:
    axes = [
        names or tuple(f"{word} {i + 1}" for i in range(size))
        for names, word, size in zip(
            names_along(planned, node, slot), ("input", "unit")[-len(slot.shape) :], slot.shape, strict=True
        )
    ]
    if len(axes) == 1:
        yield from ((str(i), name) for i, name in enumerate(axes[0]))
        return
    for row, source in enumerate(axes[0]):
        for column, unit in enumerate(axes[1]):
            yield f"{row}, {column}", f"{source} → {unit}"
