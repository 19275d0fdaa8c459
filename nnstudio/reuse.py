"""Layers of a trained network for other data: which come over, which begin anew, and what becomes of each.

What is not taken is drawn all the same, and begins with new weights; the end gets as many outputs as the
new data asks for. Knows no Qt.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnkernels.graph.network import outer_name
from nnkernels.program import Layout
from nnkernels.spec import SUBNETWORK, SpecError
from nnstudio.changed_data import told_of_loss
from nnstudio.data.dataset import Dataset
from nnstudio.data.facts import facts_of_data
from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers
from nnstudio.model.atomic_file import FileError
from nnstudio.model.commands import ReplaceNetwork
from nnstudio.model.document import Document, Subnetwork
from nnstudio.model.history import Command
from nnstudio.model.locations import distinct_names, facts_at
from nnstudio.model.problems import find_problems, repairs
from nnstudio.model.projectfile import SUFFIX
from nnstudio.model.quantity import counted
from nnstudio.model.regroup import AddSubnetwork
from nnstudio.project import Project
from nnstudio.training.curve import Curve
from nnstudio.training.state import TrainingState
from nnstudio.training.surgery.changes import What, changes
from nnstudio.training.surgery.graft import Graft
from nnstudio.training.targets import check_targets

# Repairs of the end, one after the other, before it is given up: each mends one Output.
MOST_REPAIRS = 8
AS_IT_WAS, ANEW = "as it was", "begins with new weights"
OTHER_SCALE = (
    "Inputs are scaled in another way here than where these layers learned, so that they see other numbers "
    "than they know. Let them learn a little, too, instead of freezing them."
)


def suffixes() -> tuple[str, ...]:
    """Of files whose layers can be reused."""
    return (SUFFIX, *(suffix for importer in importers for suffix in importer.suffixes))


@dataclass(frozen=True, eq=False)
class Lender:
    """A trained network whose layers may be reused.

    Attributes:
        name: of its file.
        data: what is known of the data that it learned from; it may have no samples.
        notes: sentences on what of the file could not be read as it is.
    """

    name: str
    project: Project
    data: Dataset
    notes: tuple[str, ...] = ()


def read_lender(path: Path) -> Lender:
    """The network of a project, or of a file of another program.

    Raises FileError, DataError or SpecError with a sentence, also where nothing was learned.
    """
    suffix = path.suffix.lower()
    if suffix not in suffixes():
        known = ", ".join(suffixes())
        raise FileError(f"Layers cannot be taken from '{path.name}'; the suffix must be {known}.")
    notes: tuple[str, ...] = ()
    if suffix == SUFFIX:
        project = Project.open(path)
        if text := told_of_loss(project, str(path)):
            raise FileError(text)
    else:
        built = project_of(importers.of(path).read(path))
        project, notes = built.project, (*built.assumed, *built.notes)
    return lender_of(project, f"'{path.name}'", notes)


def lender_of(project: Project, name: str, notes: tuple[str, ...] = ()) -> Lender:
    """The network of a project that is called ``name`` in sentences. Raises as `read_lender`."""
    if project.state is None:
        raise FileError(f"The network of {name} has learned nothing yet, so nothing can be reused.")
    return Lender(name.strip("'"), project, project.known_data() or project.load_data(), notes)


@dataclass(frozen=True)
class LentLayer:
    """A layer with weights, on the canvas of the network as it would be.

    Attributes:
        kind: what it is, for a person; ``weights``: how many numbers it has.
        fits: whether anything of what it learned fits here.
        change: what would become of what it learned, "" where it stays bit for bit.
        is_last: whether the outputs of the network are its own units, which mean something else here.
        was_frozen: whether it was frozen where it learned.
    """

    node: str
    name: str
    kind: str
    weights: int
    fits: bool
    change: str
    is_last: bool
    was_frozen: bool

    def told(self, is_taken: bool) -> str:
        """What becomes of it, for a person."""
        if not self.fits:
            return f"{ANEW}: its own do not fit here"
        if not is_taken:
            return ANEW + (", for other outputs" if self.is_last else "")
        return self.change or AS_IT_WAS


class Reuse:
    """A trained network on other data, before anything is changed.

    Attributes:
        document: the network with an end that fits the data, and the settings that it would be trained with.
        layers: all that have weights, in the order of computation.
        usual: those that are taken where nobody says otherwise: all that fit but the last.
        notes: sentences on the end, on what is left out, and on how inputs are scaled.
    """

    def __init__(self, lender: Lender, target: Document, data: Dataset) -> None:
        """``target`` is the project that gets the layers, with its ``data``; it is not changed.

        Raises SpecError, NodeError or DataError with a sentence where the network cannot learn this data.
        """
        self.lender = lender
        source = lender.project
        self.document, self._subnetworks = _with_own_subnetworks(source.document)
        self.document.data = target.data
        settings, loss = target.settings, source.document.settings.loss
        self.document.set_settings(settings.with_option("loss", loss) if data.suits(loss) else settings)
        repaired = _fit_end(self.document, data, lender.name)
        before = Layout.of(
            source.document.to_network(), lender.data.input_shape, source.document.settings.loss
        )
        self.layout = Layout.of(self.document.to_network(), data.input_shape, self.document.settings.loss)
        check_targets(self.layout, data)
        columns = lender.data.features, data.features
        self._graft = Graft(before, self.layout, None, columns, settings.seed)
        self.layers = tuple(self._layers())
        self.usual = tuple(layer.node for layer in self.layers if layer.fits and not layer.is_last)
        self.notes = (*lender.notes, *repaired, *self._left_out(), *_of_scale(lender.data, data))

    def _layers(self) -> Iterator[LentLayer]:
        graph, names = self.document.graph, {n.id: n.name for n in self.document.graph.nodes}
        sizes: dict[str, int] = {}
        fitting: set[str] = set()
        for plan in self._graft.arrays:
            outer = outer_name(plan.slot.node)
            sizes[outer] = sizes.get(outer, 0) + plan.slot.size
            if plan.source is not None:
                fitting.add(outer)
        told: dict[str, list[str]] = {}
        for change in changes(self._graft):
            sentence = change.told(names).removeprefix(f"'{names.get(change.node, change.node)}' ")
            told.setdefault(change.node, []).append(sentence)
        last = set(_last_layers(self.layout))
        for node, size in sizes.items():
            here = graph[node]
            yield LentLayer(
                node, here.name, graph.registry[here.kind].title, size, node in fitting,
                "; ".join(told.get(node, ())), node in last, bool(here.options.get("frozen")),
            )  # fmt: skip

    def _left_out(self) -> Iterator[str]:
        names = {n.id: n.name for n in self.lender.project.document.graph.nodes}
        for change in changes(self._graft):
            if change.what == What.GONE:
                yield f"{change.told(names)}."

    @property
    def names(self) -> dict[str, str]:
        """What people call the layers that have weights, by identifier, each of one alone."""
        return distinct_names({layer.node: layer.name for layer in self.layers})

    def check(self, names: Collection[str]) -> tuple[str, ...]:
        """The layers that a person named, by identifier. Raises SpecError with a sentence."""
        chosen = []
        for name in names:
            hits = [one for one in self.layers if name in (one.node, one.name, self.names[one.node])]
            if len(hits) != 1:
                how = "no layer with weights" if not hits else "more than one layer"
                known = ", ".join(self.names[layer.node] for layer in self.layers)
                which = " Write the identifier in brackets." if hits else ""
                told = f"'{self.lender.name}' has {how} called '{name}'. Its layers are: {known}.{which}"
                raise SpecError(told)
            if not hits[0].fits:
                raise SpecError(f"What '{name}' learned does not fit here, so it cannot be reused.")
            chosen.append(hits[0].node)
        return tuple(dict.fromkeys(chosen))

    def sentence(self, chosen: Collection[str]) -> str:
        """How much is taken, in words."""
        taken = [layer for layer in self.layers if layer.node in chosen]
        weights = sum(layer.weights for layer in taken)
        return (
            f"{len(taken)} of {counted(len(self.layers), 'layer')} with weights come over from "
            f"'{self.lender.name}': {weights:,} of {sum(layer.weights for layer in self.layers):,} weights."
        )

    def state(self, chosen: Collection[str]) -> TrainingState:
        """Where training would begin: with what the chosen layers learned, all others with new weights."""
        seed = self.document.settings.seed
        fresh = self.layout.initial(seed).astype(np.float32)
        state = self.lender.project.state
        assert state is not None
        params = fresh.copy()
        came = self._graft.values(state.params[: self._graft.before.parameter_count], fresh)
        for plan in self._graft.arrays:
            if outer_name(plan.slot.node) in chosen and plan.source is not None:
                here = slice(plan.slot.offset, plan.slot.offset + plan.slot.size)
                params[here] = came[here]
        optimizer = self.document.settings.optimizer
        return TrainingState(params, optimizer, 0, 0, 0, (0.0, 0.0, 0.0), Curve())

    def steps(self, target: Document, chosen: Collection[str], freeze: bool) -> list[Command]:
        """The changes of the project that put the network there; weights come besides.

        ``freeze``: what is taken keeps its weights while the rest learns.
        """
        document = self.document.copy()
        graph = document.graph
        for layer in self.layers:
            node = graph[layer.node]
            if graph.registry[node.kind].has_option("frozen"):
                frozen = layer.node in chosen and (freeze or layer.was_frozen)
                graph.replace_node(replace(node, options={**node.options, "frozen": frozen}))
        added: list[Command] = [AddSubnetwork(target, each) for each in self._subnetworks]
        return [*added, ReplaceNetwork(target, graph, self.document.settings)]


def _with_own_subnetworks(document: Document) -> tuple[Document, list[Subnetwork]]:
    """A copy whose sub-networks have identifiers that no other project has, and these sub-networks."""
    copied = document.copy()
    new = {name: uuid.uuid4().hex[:12] for name in copied.subnetworks}
    for graph in (copied.graph, *copied.graphs().values()):
        for node in graph.nodes:
            if node.kind == SUBNETWORK and node.options.get("network") in new:
                options = {**node.options, "network": new[str(node.options["network"])]}
                graph.replace_node(replace(node, options=options))
    own = [replace(each, id=new[name]) for name, each in copied.subnetworks.items()]
    renamed = Document(copied.graph.registry)
    renamed.graph.fill(copied.graph.to_dict())
    for each in own:
        renamed.add_subnetwork(each)
    renamed.settings, renamed.data = copied.settings, copied.data
    return renamed, own


def _fit_end(document: Document, data: Dataset, name: str) -> list[str]:
    """Let the network end as the data asks for, by the smallest repairs; says which. Raises SpecError."""
    facts, told = facts_of_data(data), list[str]()
    for _turn in range(MOST_REPAIRS):
        faults = [p for p in find_problems(document.graph, facts_at(document, facts)) if p.serious]
        if not faults:
            return told
        fitting = [r for p in faults for r in repairs(document, p, facts) if r.group.startswith("end")]
        if not fitting:
            raise SpecError(f"The network of '{name}' does not fit this data: {faults[0].text}")
        fitting[0].make(document, document.graph).redo()
        told.append(f"To fit this data: {fitting[0].title}.")
    raise SpecError(f"The end of the network of '{name}' cannot be made to fit this data.")


def _last_layers(layout: Layout) -> Iterator[str]:
    """For each Output the layer on the canvas whose weights are the last before it."""
    for target in layout.targets:
        at = layout.nodes[target.node]
        while not at.parameters and len(at.inputs) == 1:
            at = layout.nodes[at.inputs[0]]
        if at.parameters:
            yield outer_name(layout.owners.get(at.id, at.id))


def _of_scale(before: Dataset, now: Dataset) -> Iterator[str]:
    """A sentence where inputs that look alike are other numbers than they were."""

    def scale(data: Dataset) -> Mapping[str, object]:
        return {"shift": np.asarray(data.x_shift).tolist(), "scale": np.asarray(data.x_scale).tolist()}

    if before.input_shape == now.input_shape and scale(before) != scale(now):
        yield OTHER_SCALE
