"""A network of another program, imported in memory to be compared with a project; nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nnkernels.spec import PLACEHOLDER, SpecError, size_of
from nnstudio.data.without_samples import plain
from nnstudio.from_network import BuiltProject, project_of
from nnstudio.importing.importer import importers
from nnstudio.training.evaluation import Evaluation

UNITS = (
    "The file does not say how inputs are scaled: it is given the values of the data as they are in its own "
    "units. Where it was trained on scaled ones, its predictions mean nothing."
)


def is_network(path: Path) -> bool:
    """Whether a file is a network of another program, by its suffix."""
    return any(path.suffix.lower() in importer.suffixes for importer in importers)


def read_network(path: Path) -> BuiltProject:
    """The network of a file, with sentences on what was changed. Raises FileError or SpecError."""
    imported = importers.of(path).read(path)
    built = project_of(imported)
    kept = [node.name for node in imported.nodes if node.kind == PLACEHOLDER]
    if kept:
        raise SpecError(
            f"'{path.name}' holds what is no layer here ({', '.join(kept[:5])}), so it cannot be computed "
            "with. Import it, and put other layers in the place of the placeholders."
        )
    unscaled = [] if imported.scaling else [UNITS]
    return BuiltProject(built.project, (*imported.assumed, *unscaled))


def as_task_of(built: BuiltProject, other: Evaluation) -> tuple[Evaluation, tuple[str, ...]]:
    """What predicts by an imported network as another network does, and sentences on what was assumed.

    Where the file names no classes and gives as many values, its outputs are those of the other's classes in
    their order, and turned into probabilities as its loss does.
    """
    project, notes = built.project, built.assumed
    own = project.predictor()
    names = other.data.classes
    numbered = own.data.classes in ((), tuple(map(str, range(len(own.data.classes)))))
    widths = {size_of(e.layout.nodes[e.layout.output].shape) for e in (own, other)}
    if not names or not numbered or len(widths) > 1 or own.data.classes == names:
        return own, notes
    facts = plain(replace(own.data, classes=names, targets=other.data.targets))
    project.know_data({**facts, "target_width": other.data.target_width, "y_shift": 0.0, "y_scale": 1.0})
    project.document.set_settings(other.settings)
    try:
        fitted = project.predictor()
    except SpecError:
        return own, notes
    order = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return fitted, (*notes, f"The file names no classes: they are taken in this order: {order}.")
