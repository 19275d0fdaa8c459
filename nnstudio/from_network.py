"""A neutral graph as a project: nodes laid out, weights set, and no data yet.

A project without data predicts from what is known of it: the shape of a sample, how many values the network
gives, and what the file itself says of classes, names and scaling. Nothing of that is made up; what had to be
assumed is told in a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnkernels.graph.network import NetworkSpec
from nnkernels.program import Layout
from nnkernels.spec import NAME_SEPARATOR, PLACEHOLDER, SpecError, layers, size_of
from nnstudio.data.progress import each
from nnstudio.data.without_samples import without_samples
from nnstudio.importing.importer import Imported, ImportedNode
from nnstudio.importing.known_data import Known, gives_labels, known_data
from nnstudio.model.arrange import arranged
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Graph, Link, LinkError, Node
from nnstudio.model.rows import in_rows
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project
from nnstudio.training.curve import Curve
from nnstudio.training.state import TrainingState
from nnstudio.training.targets import check_targets

# The kind of data that a person is asked for first: it takes samples of any shape.
DATA_KIND = "npz"
# Of names in a project.
MOST_CHARACTERS = 200


@dataclass(frozen=True)
class BuiltProject:
    """A project of an imported network.

    Attributes:
        assumed: sentences on what computes something else than in the file, was guessed or was left out.
        notes: sentences on what the project tells in another way than the file.
    """

    project: Project
    assumed: tuple[str, ...]
    notes: tuple[str, ...] = ()


def project_of(imported: Imported) -> BuiltProject:
    """A project whose network computes what the imported one does. Its nodes have the names that they had;
    their identifiers are these names without the sign between parts of composites.

    Raises FileError where the nodes do not make up a network.
    """
    # Those of a project fit one.
    nodes, notes = _fitted(imported) if imported.sample is None else (imported.nodes, [])
    known = known_data(imported, nodes)
    project = Project()
    document = project.document
    identifiers = _fill(document.graph, nodes)
    document.set_settings(TrainingSettings(loss=known.loss, loss_options=dict(known.loss_options)))
    document.set_data(DataReference(DATA_KIND))
    project.know_data(known.facts)
    is_whole = all(node.kind != PLACEHOLDER for node in nodes)
    if is_whole:
        layout = _layout(document.to_network(), known)
        params = _in_layout(layout, {identifiers[node.name]: node.arrays for node in nodes})
    else:
        params = _in_order(nodes)
    if is_whole or len(params):
        project.state = TrainingState(
            params, document.settings.optimizer, 0, 0, 0, (0.0, 0.0, 0.0), Curve()
        )  # fmt: skip
    return BuiltProject(project, (*imported.assumed, *known.assumed), (*notes, *known.notes))


def _fitted(imported: Imported) -> tuple[tuple[ImportedNode, ...], list[str]]:
    """The nodes with several Inputs as columns of one sample, and with rows of values before each Output."""
    notes: list[str] = []
    nodes: Sequence[ImportedNode] = imported.nodes
    inputs = [node for node in nodes if node.kind == "input"]
    if len(inputs) > 1:
        nodes, told = _several_inputs(nodes, inputs)
        notes.append(told)
    names = {node.name for node in nodes}
    by_name = {node.name: node for node in nodes}
    fitted: list[ImportedNode] = []
    several, start = sum(node.kind == "output" for node in nodes) > 1, 1
    for node in nodes:
        shape = by_name[node.inputs[0]].shape if node.kind == "output" else None
        if shape is not None and len(shape) != 1 and not gives_labels(imported, shape):
            name = _free(f"{node.name}.row", names)
            flat = (size_of(shape),)
            fitted.append(ImportedNode(name, "flatten", {}, node.inputs, {}, flat))
            node = replace(node, inputs=(name,), shape=flat)
            notes.append(
                f"'{node.name}' gives {shape} for each sample, and an Output takes a row of values: the "
                f"Flatten '{name}' was added before it, with channels last."
            )
        if node.kind == "output" and several and node.shape is not None:
            # What each is compared with, one behind the other.
            end = start + size_of(node.shape)
            node = replace(node, options={**node.options, "columns": f"{start}-{end - 1}"})
            start = end
        fitted.append(node)
    return tuple(fitted), notes


def _several_inputs(
    nodes: Sequence[ImportedNode], inputs: Sequence[ImportedNode]
) -> tuple[tuple[ImportedNode, ...], str]:
    """Each Input with columns of its own, and a Reshape behind those that are more than a row."""
    names, start, changed = {node.name for node in nodes}, 1, {}
    told = []
    for node in inputs:
        if node.shape is None:
            raise FileError(f"The shape of the input '{node.name}' is not known.")
        size = size_of(node.shape)
        columns = f"{start}-{start + size - 1}"
        told.append(f"{start} enters" if size == 1 else f"{columns} enter")
        told[-1] += f" at '{node.name}'"
        row = replace(node, options={"columns": columns}, shape=(size,))
        start += size
        changed[node.name] = [row]
        if len(node.shape) > 1:
            target = ", ".join(map(str, node.shape))
            name = _free(f"{node.name}.row", names)
            shaped = ImportedNode(node.name, "reshape", {"target": target}, (name,), {}, node.shape)
            changed[node.name] = [replace(row, name=name), shaped]
    result = [part for node in nodes for part in changed.get(node.name, [node])]
    return tuple(result), f"A sample holds the values of all inputs in a row: {'; '.join(told)}."


def _free(wanted: str, names: set[str]) -> str:
    """A name that is not taken yet, and is from now on."""
    name, number = wanted, 2
    while name in names:
        name, number = f"{wanted}_{number}", number + 1
    names.add(name)
    return name


def _fill(graph: Graph, nodes: Sequence[ImportedNode]) -> dict[str, str]:
    """Put the nodes and links in, arranged; the identifier of each node by its name. Raises FileError."""
    identifiers: dict[str, str] = {}
    taken: set[str] = set()
    for node in nodes:
        plain = node.name.strip(NAME_SEPARATOR).replace(NAME_SEPARATOR, ".")[:MOST_CHARACTERS]
        identifiers[node.name] = _free(plain or node.kind, taken)
    try:
        for node in nodes:
            graph.insert_node(_canvas_node(node, identifiers))
        for node in nodes:
            for source in node.inputs:
                graph.insert_link(Link(identifiers[source], identifiers[node.name]))
    except (LinkError, SpecError, KeyError) as error:
        raise FileError(f"The network cannot be put together: {error}") from error
    for name, (x, y) in (in_rows(graph) or arranged(graph)).items():
        graph.put(name, x, y)
    return identifiers


def _canvas_node(node: ImportedNode, identifiers: Mapping[str, str]) -> Node:
    options: dict[str, Any] = layers[node.kind].complete(node.options)
    if options.get("shares"):
        options["shares"] = identifiers[options["shares"]]
    return Node(identifiers[node.name], node.kind, node.name[:MOST_CHARACTERS], 0.0, 0.0, options)


def _layout(network: NetworkSpec, known: Known) -> Layout:
    try:
        layout = Layout.of(network, tuple(known.facts["input_shape"]), known.loss)
        check_targets(layout, without_samples(known.facts))
        return layout
    except SpecError as error:
        raise FileError(f"The network that was read does not fit together: {error}") from error


def _in_layout(layout: Layout, arrays: Mapping[str, Mapping[str, np.ndarray]]) -> np.ndarray:
    """All parameters as one row, float32. Raises FileError where an array is missing or has another shape."""
    params = np.zeros(layout.parameter_count, np.float32)
    for slot in each(layout.parameters):
        # A part of a composite is called "composite/part", and its arrays "part.name".
        outer, _, part = slot.node.partition(NAME_SEPARATOR)
        array = _held(arrays[outer], part, slot.name)
        if array is None or tuple(array.shape) != tuple(slot.shape):
            held = "missing" if array is None else f"of shape {array.shape}"
            raise FileError(f"The array '{slot.name}' of '{outer}' is {held}; {slot.shape} was expected.")
        params[slot.offset : slot.offset + slot.size] = array.ravel()
    return params


def _held(arrays: Mapping[str, np.ndarray], part: str, name: str) -> np.ndarray | None:
    """An array of a part; the last part of a composite has the composite's own name."""
    wanted = f"{part}.{name}" if part else name
    of_last = [key for key in arrays if not part and key.rpartition(".")[2] == name]
    return arrays.get(wanted if wanted in arrays or not of_last else of_last[-1])


def _in_order(nodes: Sequence[ImportedNode]) -> np.ndarray:
    """As `_in_layout`, of a network with placeholders, which has no layout yet: once each has been replaced
    by a layer without weights, they are where that layer's network looks for them.
    """
    by_name = {node.name: node for node in nodes}
    rows: dict[bool, list[np.ndarray]] = {True: [], False: []}
    for node in _walked(by_name):
        if not node.arrays or node.options.get("shares"):
            continue
        shapes = [by_name[source].shape for source in node.inputs]
        known = [shape for shape in shapes if shape is not None]
        for parameter in layers[node.kind].parameters(layers[node.kind].complete(node.options), known):
            rows[parameter.trained].append(node.arrays[parameter.name].ravel())
    joined = [*rows[True], *rows[False]]
    return np.concatenate(joined).astype(np.float32) if joined else np.zeros(0, np.float32)


def _walked(nodes: Mapping[str, ImportedNode]) -> list[ImportedNode]:
    """The nodes in the order of `nnkernels.graph.network.resolve`, without those that lead to no Output."""
    done: dict[str, ImportedNode] = {}
    stack = [(name, False) for name in reversed(list(nodes)) if nodes[name].kind == "output"]
    while stack:
        name, ready = stack.pop()
        if name in done:
            continue
        if ready:
            done[name] = nodes[name]
            continue
        stack.append((name, True))
        stack.extend((source, False) for source in reversed(nodes[name].inputs) if source not in done)
    return [node for node in done.values() if node.kind != PLACEHOLDER]
