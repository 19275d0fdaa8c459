"""Weights of a file into a project's network: what its training state becomes, and which layers freeze."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnkernels.graph.network import outer_name
from nnkernels.program import Layout
from nnkernels.spec import Shape
from nnstudio.explain.layer_names import called
from nnstudio.importing.stored_weights import read_weights
from nnstudio.importing.weight_fit import WeightRow
from nnstudio.importing.weight_targets import targets_of
from nnstudio.importing.weights import WeightMatch, match_weights
from nnstudio.model.commands import ChangeNode
from nnstudio.model.document import Document
from nnstudio.model.history import Command
from nnstudio.model.locations import names_to_tell
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.curve import Curve
from nnstudio.training.state import TrainingState

ONLY_WEIGHTS = (
    "Only weights are loaded: how inputs are scaled and the order of the classes stay as this project has "
    "them, and must be those that the weights were trained with."
)


@dataclass(frozen=True, eq=False)
class LoadedWeights:
    """A file against a network as it was then.

    Attributes:
        layout: of that network.
        freezable: nodes of the canvas of which every array was loaded.
        half: nodes of which only some were.
    """

    match: WeightMatch
    layout: Layout
    settings: TrainingSettings
    freezable: tuple[str, ...]
    half: tuple[str, ...]

    def begun(self, state: TrainingState | None) -> TrainingState:
        """Where training stands once the weights are loaded: at its start, with an empty curve.

        What gets nothing stays as it is in ``state``, of this network, or as it is drawn.
        """
        params = _now(self.layout, self.settings.seed, state)
        for slot in self.layout.parameters:
            values = self.match.values.get(slot.node, {}).get(slot.name)
            if values is not None:
                params[slot.offset : slot.offset + slot.size] = values.ravel()
        return TrainingState(params, self.settings.optimizer, 0, 0, 0, (0.0, 0.0, 0.0), Curve())


def load_weights(
    path: Path, document: Document, input_shape: Shape, state: TrainingState | None
) -> LoadedWeights:
    """Match a file with the network of a document, which is not changed; ``state`` is where it stands.

    Raises FileError, SpecError or NodeError with a sentence.
    """
    settings = document.settings
    layout = Layout.of(document.to_network(), input_shape, settings.loss)
    params = _now(layout, settings.seed, state)
    titles = {node.id: node.name for node in document.graph.nodes}
    match = match_weights(read_weights(path), targets_of(layout, params, titles, settings.loss))
    if not match.is_empty:
        match = replace(match, notes=(*match.notes, ONLY_WEIGHTS))
    match = replace(match, names=names_to_tell(document))
    return LoadedWeights(match, layout, settings, *_freezable(match, layout))


def target_of(match: WeightMatch, row: WeightRow) -> str:
    """The arrays of the network that a row is about, behind what people call their nodes."""
    arrays = [target.rpartition(".") for target in row.target.split(", ") if target]
    return ", ".join(f"{called(node, match.names)}.{array}" for node, _dot, array in arrays)


def _now(layout: Layout, seed: int, state: TrainingState | None) -> np.ndarray:
    """The network's weights, float32: those of a state that fits, else the initial ones."""
    count = layout.parameter_count
    if state is not None and len(state.params) >= count:
        return state.params[:count].astype(np.float32)
    return layout.initial(seed).astype(np.float32)


def _freezable(match: WeightMatch, layout: Layout) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Nodes of the canvas that were loaded whole, and those that were in part."""
    owned = {slot.node for slot in layout.parameters}
    loaded = {node for node, arrays in match.values.items() if arrays}
    outer = dict.fromkeys(outer_name(node) for node in layout.nodes if node in loaded)
    whole = tuple(name for name in outer if {n for n in owned if outer_name(n) == name} <= set(match.whole))
    return whole, tuple(name for name in outer if name not in whole)


def freezing(document: Document, loaded: LoadedWeights) -> list[Command]:
    """The changes that keep what was loaded whole as it is while the rest learns."""
    return [ChangeNode(document.graph, name, "frozen", True) for name in loaded.freezable]


def told_of_freezing(document: Document, loaded: LoadedWeights) -> tuple[str, ...]:
    """A sentence on what is not frozen although some of it was loaded."""
    names = ", ".join(f"'{document.graph[name].name}'" for name in loaded.half)
    return (f"Not frozen, as not all of their weights were loaded: {names}.",) if names else ()
