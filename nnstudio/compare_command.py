"""`nnstudio compare`: two networks side by side, layer by layer and prediction by prediction."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nnkernels.program import Layout
from nnstudio.compared_file import UNITS, as_task_of, is_network, read_network
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.comparison import (
    Agreement,
    LayerPair,
    agreement,
    layer_pairs,
    swapped,
    why_apart,
    with_outputs,
)
from nnstudio.explain.layer_names import called
from nnstudio.foreign_files import Holds, held
from nnstudio.from_network import BuiltProject
from nnstudio.import_table import in_columns
from nnstudio.model.atomic_file import FileError
from nnstudio.model.locations import names_to_tell
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation

# So many disagreements are printed; --json gives all that are kept.
PRINTED = 10
NO_DATA = "Neither has data: both are files of other programs. So their predictions are not compared."

WEIGHTS_ALONE = (
    "'{}' holds weights without a network, so it cannot be compared by itself. Load it into a copy of a "
    "project with File > Load weights, or nnstudio import FILE OUT.nns --into PROJECT.nns, and compare that."
)
NO_SAMPLES = "The samples of this project are not here, so predictions are not compared."


@dataclass(frozen=True)
class Comparison:
    """Two networks side by side; ``agreement`` is None where predictions are not compared, for the reason
    ``apart``. ``notes`` are sentences on what was guessed or left out. ``layouts`` are of both, where they
    are to be drawn. ``names`` are what people call the nodes of the one whose data is predicted, by
    identifier, where that is known; ``layer_names`` the same of the first and of the second.
    """

    pairs: tuple[LayerPair, ...]
    agreement: Agreement | None
    apart: str
    notes: tuple[str, ...]
    layouts: tuple[Layout, Layout] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    layer_names: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})

    def layers_of(self, pair: LayerPair) -> tuple[str, str]:
        """What people call both layers of a pair; "-" for one that is missing."""
        first, second = (
            called(node, names) if node else "-"
            for node, names in zip((pair.first, pair.second), self.layer_names, strict=True)
        )
        return first, second


def compare(path: Path, open_first: Callable[[], Project], other: Path) -> Comparison:
    """Compare a project, which ``open_first`` opens, or a network of another program with another of both.

    Predictions are those on the first one's data, or on the second one's where the first has none, or where
    that is gone. Raises SpecError, DataError or FileError.
    """
    for file in (path, other):
        _check_is_whole(file)
    if is_network(path) and is_network(other):
        first, second = (read_network(file) for file in (path, other))
        pairs = layer_pairs(first.project.predictor(), second.project.predictor())
        # Both may say the same, and nothing is given to either of them.
        told = dict.fromkeys(note for note in (*first.assumed, *second.assumed) if note != UNITS)
        both = first.project, second.project
        return _with_layers(Comparison(pairs, None, NO_DATA, tuple(told)), *both)
    if is_network(path):
        project, network = Project.open(other), read_network(path)
        told_of = compared(_computing(project), network, is_first=False)
        return _with_layers(_named(told_of, project), network.project, project)
    return compared_projects(open_first(), opened(other))


def compared_projects(mine: Project, their: Project | BuiltProject) -> Comparison:
    """A project against another one, on the data of the first that has it at hand. Raises as `compared`."""
    other = their if isinstance(their, Project) else their.project
    if isinstance(their, Project) and their.data_is_there and not mine.data_is_there:
        comparison = _named(compared(_computing(their), mine, is_first=False), their)
    else:
        comparison = _named(compared(_computing(mine), their), mine)
    return _with_layers(comparison, mine, other)


def _named(comparison: Comparison, project: Project) -> Comparison:
    return replace(comparison, names=names_to_tell(project.document))


def _with_layers(comparison: Comparison, first: Project, second: Project) -> Comparison:
    names = names_to_tell(first.document), names_to_tell(second.document)
    return replace(comparison, layer_names=names)


def _computing(project: Project) -> Evaluation:
    """The network with its data; where that is gone, with what is saved of it. Raises SpecError or DataError,
    which says what is needed.
    """
    return project.session() if project.data_is_there else project.predictor()


def opened(path: Path) -> Project | BuiltProject:
    """A project, or a network of another program. Raises FileError or SpecError."""
    _check_is_whole(path)
    return read_network(path) if is_network(path) else Project.open(path)


def _check_is_whole(path: Path) -> None:
    if held(path) == Holds.WEIGHTS:
        raise FileError(WEIGHTS_ALONE.format(path.name))


def compared(mine: Evaluation, other: Project | BuiltProject, is_first: bool = True) -> Comparison:
    """A network, which comes first or second, against another one, on its own data.

    Raises SpecError, DataError or FileError.
    """
    evaluation, notes = (
        as_task_of(other, mine) if isinstance(other, BuiltProject) else (other.predictor(), ())
    )
    apart = why_apart(mine.data, evaluation.data)
    if not apart and not mine.data.parts:
        apart = NO_SAMPLES
    if is_first:
        pairs, told = side_by_side(mine, evaluation, apart)
        return Comparison(pairs, told, apart, notes, (mine.layout, evaluation.layout))
    told = None if apart else agreement(mine, evaluation)
    layouts = evaluation.layout, mine.layout
    return Comparison(layer_pairs(evaluation, mine), told and swapped(told), apart, notes, layouts)


def side_by_side(
    mine: Evaluation, other: Evaluation, apart: str
) -> tuple[tuple[LayerPair, ...], Agreement | None]:
    """Layers and predictions of both, those on the first one's data unless they stand ``apart``."""
    pairs = layer_pairs(mine, other)
    if apart:
        return pairs, None
    return with_outputs(mine, other, pairs), agreement(mine, other)


def then_and_now(then: Evaluation, now: Evaluation) -> Comparison:
    """An earlier moment of a network, or of what it was before an edit, against the network as it is."""
    apart = why_apart(then.data, now.data)
    return Comparison(*side_by_side(then, now, apart), apart, ())


def write_comparison(
    comparison: Comparison, names: tuple[str, str], as_json: Callable[[dict[str, Any]], str] | None
) -> int:
    """Print how two networks, which are called so, differ; returns the exit code."""
    print(as_json(_plain(comparison)) if as_json is not None else in_words(comparison, names))
    notes = (*comparison.notes, *filter(None, (comparison.apart,)))
    for note in notes:
        print(f"Note: {note}", file=sys.stderr)
    return ExitCode.INCOMPLETE if notes else ExitCode.DONE


def _plain(comparison: Comparison) -> dict[str, Any]:
    told, rows = comparison.agreement, []
    for pair in comparison.pairs:
        first, second = comparison.layers_of(pair)
        rows.append({**asdict(pair), "first_name": first, "second_name": second})
    return {
        "layers": rows,
        "predictions": None if told is None else asdict(told),
        "why_not": comparison.apart,
        "notes": list(comparison.notes),
    }


def in_words(comparison: Comparison, names: tuple[str, str]) -> str:
    """A line for each pair of layers, and what the predictions show."""
    rows = [(*comparison.layers_of(pair), pair.sentence) for pair in comparison.pairs]
    lines = [in_columns([(f"In {names[0]}", f"In {names[1]}", "How they differ"), *rows]), ""]
    if (told := comparison.agreement) is not None:
        lines.append(told.sentence(comparison.names))
        for sample in told.worst[:PRINTED]:
            first, second = sample.told(comparison.names)
            lines.append(f"  sample {sample.index}: {first} against {second}; true: {sample.truth}")
    return "\n".join(lines)
