"""Where a person is in a document: which graph is open, what is known there, and its names in the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from nnkernels.graph.subnetworks import inner_names
from nnkernels.spec import NAME_SEPARATOR, SUBNETWORK, NodeError, Role, Shape
from nnstudio.model.document import Document
from nnstudio.model.graph import Graph
from nnstudio.model.inference import DataFacts, NodeFacts, infer

# From the main graph inwards: identifiers of the sub-network nodes that were opened.
Path = tuple[str, ...]


def graph_at(document: Document, path: Path) -> Graph:
    """The graph that one sees after opening these nodes. Raises KeyError where one is gone."""
    graph = document.graph
    for node in path:
        graph = document.subnetworks[str(graph[node].options["network"])].graph
    return graph


def path_to(document: Document, graph: Graph) -> Path | None:
    """A way to a graph from the main one; None where no node leads there."""
    waiting: list[Path] = [()]
    while waiting:
        path = waiting.pop(0)
        here = graph_at(document, path)
        if here is graph:
            return path
        names = [n.id for n in here.nodes if n.kind == SUBNETWORK]
        known = document.subnetworks
        waiting += [
            (*path, n) for n in names if here[n].options["network"] in known and len(path) < len(known)
        ]
    return None


def facts_at(document: Document, data: DataFacts, path: Path = ()) -> dict[str, NodeFacts]:
    """Facts of every node of the graph at a path, with what enters there."""
    graph, settings, graphs = document.graph, document.settings, document.graphs()
    facts = infer(
        graph, data.input_shape, settings.loss, data.classes, data.targets, graphs, (), data.target_range,
        data.column_ranges, data.target_sums, settings.loss_options, data.tokens,
    )  # fmt: skip
    opened: tuple[str, ...] = ()
    for node in path:
        shapes: list[Shape] = [facts[s].shape or () for s in graph.sources(node) if s in facts]
        network = str(graph[node].options["network"])
        graph, opened = graphs[network], (*opened, network)
        inputs = sum(graph.registry[n.kind].role == Role.INPUT for n in graph.nodes)
        if len(shapes) != inputs or () in shapes:
            # Nothing is known in there until the node has what it needs.
            return {}
        facts = infer(graph, shapes, subnetworks=graphs, opened=opened)
    return facts


def names_of_all(document: Document, path: Path = ()) -> dict[str, str]:
    """What people call every node from a path inwards, by its name in the engine: of one in a sub-network
    with the name of that before it. What a sub-network ends with is called as the sub-network.
    """
    graph, engine = graph_at(document, path), engine_names(document, path)
    names = {engine[node.id]: node.name for node in graph.nodes if node.id in engine}
    for node in graph.nodes:
        network = node.options.get("network") if node.kind == SUBNETWORK else None
        # One that contains itself has no end.
        if node.id in engine and network in document.subnetworks and len(path) < len(document.subnetworks):
            within = f"{engine[node.id]}{NAME_SEPARATOR}"
            names |= {
                inner: f"{node.name} › {name}"
                for inner, name in names_of_all(document, (*path, node.id)).items()
                if inner.startswith(within)
            }
    return names


def names_to_tell(document: Document) -> dict[str, str]:
    """As `names_of_all`, each of one node alone: where several are called alike, with the identifier."""
    return distinct_names(names_of_all(document))


def distinct_names(names: Mapping[str, str]) -> dict[str, str]:
    """Names by identifier, which stands behind those that come several times."""
    counts = Counter(names.values())
    return {node: name if counts[name] == 1 else f"{name} ({node})" for node, name in names.items()}


def engine_names(document: Document, path: Path) -> dict[str, str]:
    """What the nodes at a path are called in the engine's network; empty where that cannot be said."""
    graph = document.graph
    names = {n.id: n.id for n in graph.nodes}
    for depth, node in enumerate(path):
        here, sources = names[node], [names[s] for s in graph.sources(node)]
        graph = graph_at(document, path[: depth + 1])
        try:
            names = inner_names(here, graph.specs(), sources)
        except NodeError:
            return {}
    return names
